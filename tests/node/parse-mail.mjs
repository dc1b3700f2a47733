// Reads mails as base64 and says what npm mailparser makes of each.
import { readFileSync } from 'node:fs';
import { domainToASCII } from 'node:url';
import libmime from 'libmime';
import { simpleParser } from 'mailparser';

// mailparser shows domains for people; on the wire they were A-labels.
const wire = (address) => address?.replace(/@(.*)$/, (_, domain) => `@${domainToASCII(domain)}`) ?? null;
const boxes = (field) => (field ? [field].flat() : []).flatMap((list) => list.value.map(({ address, name, group }) => ({ email: wire(address), name, group: group?.length ?? null })));

const read = async (base64) => {
  const mail = await simpleParser(Buffer.from(base64, 'base64'), { skipHtmlToText: true, skipTextToHtml: true, skipImageLinks: true, skipTextLinks: true });
  return {
    from: boxes(mail.from), to: boxes(mail.to), cc: boxes(mail.cc), bcc: boxes(mail.bcc), reply_to: boxes(mail.replyTo),
    subject: mail.subject ?? '', message_id: mail.messageId ?? null, date: mail.date?.toISOString() ?? null, text: mail.text ?? null, html: mail.html || null,
    lines: mail.headerLines.map(({ key, line }) => ({ key, line })),
    headers: Object.fromEntries([...mail.headers].filter(([, value]) => typeof value === 'string').map(([name, value]) => [name, libmime.decodeWords(value)])),
    attachments: mail.attachments.map((a) => ({
      filename: a.filename ?? null, content_type: a.headers.get('content-type').value, content: a.content.toString('base64'), content_id: a.cid ?? null, disposition: a.contentDisposition, related: a.related ?? false,
    })),
  };
};

const mails = JSON.parse(readFileSync(0, 'utf8'));
const said = [];
for (const mail of mails) said.push(await read(mail));
process.stdout.write(JSON.stringify(said));
