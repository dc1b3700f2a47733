// Reads domains and says what Node's ICU (UTS 46) makes of each: its ASCII form, or an empty text if it takes it for none.
import { readFileSync } from 'node:fs';
import { domainToASCII } from 'node:url';

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, 'utf8')).map((domain) => domainToASCII(domain))));
