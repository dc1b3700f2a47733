// Rooms over WebSocket, by socket.io or by bare ws: who connects names the rooms that it reads, and anybody may publish. Nothing is stored.
// The line is: rooms.mjs socket.io|ws; the port comes by environment.
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { Server } from 'socket.io';

const http = createServer((request, response) => response.end('ready'));

const peers = {
  'socket.io': () => {
    const io = new Server(http, { transports: ['websocket'], serveClient: false });
    io.on('connection', (socket) => {
      for (const room of socket.handshake.auth.rooms) socket.join(room);
      socket.on('publish', (room, body) => io.to(room).emit('m', body));
    });
  },
  ws: () => {
    const rooms = new Map();
    const server = new WebSocketServer({ server: http, perMessageDeflate: false, clientTracking: false });
    server.on('connection', (socket, request) => {
      const names = new URL(request.url, 'http://here').searchParams.getAll('room');
      for (const name of names) {
        if (!rooms.has(name)) rooms.set(name, new Set());
        rooms.get(name).add(socket);
      }
      socket.on('close', () => { for (const name of names) rooms.get(name).delete(socket); });
      socket.on('error', () => {});
      socket.on('message', (frame) => { // the room's name, a space, and what is said
        const space = frame.indexOf(0x20);
        for (const reader of rooms.get(frame.toString('latin1', 0, space)) ?? []) reader.send(frame.subarray(space + 1), { binary: false });
      });
      socket.send('ready');
    });
  },
};
peers[process.argv[2]]();
http.listen({ port: Number(process.env.PORT), host: '127.0.0.1', backlog: 4096 });
