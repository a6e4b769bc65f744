import { createCipheriv, createSecretKey, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { Redis } from 'ioredis';
import { Server } from 'socket.io';
import { WebSocketServer } from 'ws';

/**
 * The least that a server has to do to hand a message of the bus to all its sockets: one of `ws`, `ws-sealed`,
 * `socket.io`, `socket.io-sealed`. It has no users, rooms or limits; a key is simply given to each.
 */
const [kind = '', redisUrl = '', channel = '', port = '0'] = process.argv.slice(2);
const sealed = kind.endsWith('-sealed');
const server = createServer();
const sockets = new Map();

/** One seal and base64, in the frame of the protocol. */
function seal(key, text) {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: 16 });
  const ct = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return { iv: iv.toString('base64'), ct: ct.toString('base64') };
}

const add = (socket) => sockets.set(socket, sealed ? createSecretKey(randomBytes(32)) : null);

let send;
if (kind.startsWith('socket.io')) {
  const io = new Server(server, { path: '/stream', perMessageDeflate: false, serveClient: false });
  io.on('connection', (socket) => {
    add(socket);
    socket.on('disconnect', () => sockets.delete(socket));
  });
  send = sealed
    ? (text) => sockets.forEach((key, socket) => socket.emit('encrypted', seal(key, text)))
    : (text) => io.emit('push', text);
} else {
  const wss = new WebSocketServer({ server, path: '/stream', perMessageDeflate: false, clientTracking: false });
  wss.on('connection', (socket) => {
    add(socket);
    socket.on('message', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  send = (text) =>
    sockets.forEach((key, socket) => {
      if (!sealed) return socket.send(text);
      const { iv, ct } = seal(key, text);
      socket.send(`{"event":"encrypted","data":{"iv":"${iv}","ct":"${ct}"}}`);
    });
}

const redis = new Redis(redisUrl);
redis.on('message', (_channel, body) => {
  const { event, data } = JSON.parse(body);
  send(JSON.stringify({ event, data }));
});
await redis.subscribe(channel);
// Whoever asks for anything else hears that it listens.
server.on('request', (request, response) => !request.url.startsWith('/stream') && response.end());
server.listen(Number(port), '127.0.0.1');
