# Reads { records: { name: text }, mails: [base64] } and says of each mail what Debian's python3-dkim makes of its signature, and what
# Python's own email package reads as its files' names.
import base64
import email
import email.policy
import json
import sys

import dkim

question = json.load(sys.stdin)


def record(name, timeout=5):
    text = question["records"].get(name.decode().rstrip("."))
    return text.encode() if text else None


def read(mail):
    parsed = email.message_from_bytes(mail, policy=email.policy.default)
    return {"good": dkim.verify(mail, dnsfunc=record), "files": [part.get_filename() for part in parsed.walk() if part.get_filename()]}


json.dump([read(base64.b64decode(mail)) for mail in question["mails"]], sys.stdout)
