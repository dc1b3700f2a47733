// npm smtp-server as a far end. The first line on standard input says how it is set up: { key, cert, tls, starttls, methods, user, password }.
// It says its port, then each mail as one line of JSON: who it was from and for, and its bytes. It ends with its standard input.
import { createInterface } from 'node:readline';
import { SMTPServer } from 'smtp-server';

const lines = createInterface({ input: process.stdin });
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const [first] = await new Promise((done) => { lines.once('line', (line) => done([line])); });
const { key, cert, tls, starttls, methods, user, password } = JSON.parse(first);

const server = new SMTPServer({
  ...(key ? { key, cert } : {}),
  secure: tls,
  authMethods: methods ?? [],
  authOptional: !methods,
  disabledCommands: [...(starttls ? [] : ['STARTTLS']), ...(methods ? [] : ['AUTH'])],
  size: 30_000_000,
  onAuth({ username, password: said, method }, _session, done) {
    done(null, username === user && said === password && methods.includes(method) ? { user: username } : { message: 'no', responseCode: 535 });
  },
  onRcptTo({ address }, _session, done) {
    done(address.startsWith('unknown') ? Object.assign(new Error('5.1.1 no such mailbox'), { responseCode: 550 }) : null);
  },
  onData(stream, session, done) {
    const pieces = [];
    stream.on('data', (piece) => pieces.push(piece));
    stream.on('end', () => {
      const { mailFrom, rcptTo } = session.envelope;
      say({ from: mailFrom.address, to: rcptTo.map(({ address }) => address), secure: session.secure, user: session.user ?? null, bytes: Buffer.concat(pieces).toString('base64') });
      done(null, 'queued');
    });
  },
});
server.on('error', () => {}); // a client that goes away is no matter
server.listen(0, '127.0.0.1', () => say(server.server.address().port));
lines.on('close', () => process.exit(0));
