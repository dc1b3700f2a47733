// The JavaScript client behind the lines of the clients' model test (tests/client-model.md): commands come on standard input, what the client saw goes out, a line of JSON each.
import { createInterface } from 'node:readline';
import WebSocket from 'ws';
import { RelaySocket } from '../../src/chatrelay-js/src/index.js';

const BUFFER = 50; // so small that a slow application is felt at once

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const error = (fault) => say({ saw: 'error', text: `${fault?.code ?? ''} ${fault?.stack ?? fault}` });

let socket, token, slow = null;

const commands = {
  start({ urls, token: first, rooms, transport }) {
    token = first;
    socket = new RelaySocket({ WebSocket, url: urls, token: () => token, rooms, transport, buffer: BUFFER });
    socket.on('message', async (entry) => {
      await slow?.until;
      if (rooms.includes(entry.room)) say({ saw: 'message', room: entry.room, seq: entry.seq, epoch: entry.epoch, text: entry.body?.text ?? null, from: entry.from?.user ?? null, client_id: entry.client_id, repeat: false });
    });
    socket.on('reset', ({ room, epoch }) => say({ saw: 'reset', room, epoch }));
    socket.on('state', ({ state }) => state !== 'connecting' && say({ saw: 'state', state }));
    socket.on('error', error);
    socket.start();
  },
  token({ token: next }) {
    token = next;
    socket.refresh().catch(error);
  },
  send({ room, text, id }) {
    socket.send(room, { client_id: id, body: { text } }).then(({ seq }) => say({ saw: 'sent', id, seq }), (fault) => say({ saw: 'refused', id, code: fault.code }));
  },
  slow({ on }) {
    slow?.go();
    slow = null;
    if (on) {
      slow = {};
      slow.until = new Promise((go) => { slow.go = go; });
    }
  },
  stop() {
    socket?.close();
    process.exit(0);
  },
};

createInterface({ input: process.stdin }).on('line', (line) => line && commands[JSON.parse(line).do](JSON.parse(line))).on('close', () => commands.stop());
