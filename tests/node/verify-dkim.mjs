// Reads { records: { name: text }, mails: [base64] } and says what npm mailauth makes of each mail's signature: its result, and the headers that it covers.
import { readFileSync } from 'node:fs';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';

const { records, mails } = JSON.parse(readFileSync(0, 'utf8'));
const resolver = async (name, type) => {
  if (type === 'TXT' && records[name]) return [[records[name]]];
  throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
};

const said = [];
for (const mail of mails) {
  const { results } = await dkimVerify(Buffer.from(mail, 'base64'), { resolver });
  said.push(results.map(({ status, signingHeaders }) => ({ result: status.result, comment: status.comment ?? null, signed: signingHeaders?.keys ?? null })));
}
process.stdout.write(JSON.stringify(said));
