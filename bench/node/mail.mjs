// nodemailer's pooled transport sends one mail over and over for so many seconds; says how many a second, and how far its memory rose.
// The question comes as JSON on standard input: { port, seconds, connections, inFlight, subject, text, html, attachment }.
import nodemailer from 'nodemailer';

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { port, seconds, connections, inFlight, subject, text, html, attachment } = JSON.parse(Buffer.concat(chunks));

const transport = nodemailer.createTransport({ host: '127.0.0.1', port, secure: false, ignoreTLS: true, pool: true, maxConnections: connections, maxMessages: 100 });
const mail = {
  from: { name: 'The Shop', address: 'orders@shop.example' }, to: { name: 'Ann Lee', address: 'ann@customer.example' }, messageId: '<dlv_0@relay.example>', subject, text, html,
  attachments: attachment ? [{ filename: 'report.pdf', contentType: 'application/pdf', content: Buffer.alloc(attachment) }] : [],
};

const until = async (time) => {
  const began = process.hrtime.bigint();
  const elapsed = () => Number(process.hrtime.bigint() - began) / 1e9;
  let sent = 0;
  await Promise.all(Array.from({ length: inFlight }, async () => {
    while (elapsed() < time) { await transport.sendMail(mail); sent += 1; }
  }));
  return sent / elapsed();
};

await until(attachment ? 0 : Math.min(1, seconds)); // a first run that is not counted: code gets warm
const before = process.memoryUsage.rss();
let peak = before;
const watch = setInterval(() => { peak = Math.max(peak, process.memoryUsage.rss()); }, 20);
const counted = await until(seconds);
clearInterval(watch);
process.stdout.write(JSON.stringify({ perSecond: counted, peakMb: (peak - before) / 1e6 }));
process.exit(0);
