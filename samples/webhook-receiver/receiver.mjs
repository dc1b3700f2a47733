// Takes events from ChatRelay, checks them with the library of Standard Webhooks, and acts once on each.
//   WEBHOOK_SECRET=whsec_… PORT=8090 node receiver.mjs
import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';

const webhook = new Webhook(process.env.WEBHOOK_SECRET);
const seen = new Set(); // a real receiver keeps this in its database, together with what it does

const server = createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    const body = Buffer.concat(parts).toString('utf8'); // as it came: a body that was parsed and written again has another signature
    let event;
    try {
      event = webhook.verify(body, request.headers);
    } catch {
      response.writeHead(400).end('not signed by the relay, altered, or too old\n');
      return;
    }
    const id = request.headers['webhook-id']; // the same over retries and replays
    if (!seen.has(id)) console.log(JSON.stringify({ id, type: event.type, data: event.data }));
    seen.add(id);
    response.writeHead(204).end();
  });
});

server.listen(Number(process.env.PORT ?? 8090), '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
