import { createCipheriv, createDecipheriv, createECDH, hkdfSync, randomBytes, randomUUID } from 'node:crypto';
import WebSocket from 'ws';
import { firstPush } from './first-push.mjs';
import { waitFor } from './http.mjs';

const INFO = 'ignis-ecdh-p256-aes-256-gcm-v1';
const CONNECT_MS = 10_000;

/**
 * A client of `/stream` written from the protocol alone, as a till in the field would be: it shares no code with the
 * server. Every frame is kept as it came and as it reads, so that a test can show that nothing came in clear.
 */
export async function connectStream(signalUrl, token, { rooms = [], info = INFO } = {}) {
  const ecdh = createECDH('prime256v1');
  const clientPublicKey = ecdh.generateKeys('base64', 'uncompressed');
  const socket = new WebSocket(`${signalUrl.replace(/^http/, 'ws')}/stream`);
  const stream = new Stream(socket);
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  socket.send(JSON.stringify({ event: 'authenticate', data: { type: 'Bearer', token, clientPublicKey } }));
  const connected = await waitFor(
    'the stream to be connected',
    (note) => {
      note({ frames: stream.clear, closed: stream.closed });
      return stream.clear.find(({ event }) => event === 'connected')?.data;
    },
    { timeoutMs: CONNECT_MS, everyMs: 5 },
  );
  const shared = ecdh.computeSecret(connected.serverPublicKey, 'base64');
  const salt = Buffer.from(connected.salt, 'base64');
  stream.open(connected, Buffer.from(hkdfSync('sha256', shared, salt, Buffer.from(info, 'utf8'), 32)));
  if (rooms.length > 0) stream.join(rooms);
  return stream;
}

class Stream {
  constructor(socket) {
    this.socket = socket;
    /** Decrypted pushes in the order of their arrival: `{topic, data, at}`. */
    this.pushes = [];
    /** Frames that came in clear. */
    this.clear = [];
    /** All frames as they came over the wire. */
    this.wire = [];
    this.closed = null;
    this.waiting = [];
    socket.on('message', (data) => this.receive(data.toString('utf8')));
    socket.on('close', (code, reason) => (this.closed = { code, reason: reason.toString() }));
    socket.on('error', (error) => (this.closed ??= { code: 0, reason: error.message }));
    this.heartbeat = setInterval(() => this.raw({ event: 'heartbeat' }), 30_000);
    this.heartbeat.unref();
  }

  open(connected, key) {
    this.id = connected.id;
    this.userId = connected.userId;
    this.key = key;
    for (const data of this.waiting.splice(0)) this.decrypt(data);
  }

  receive(text) {
    this.wire.push(text);
    const frame = JSON.parse(text);
    if (frame.event !== 'encrypted') this.clear.push(frame);
    else if (this.key === undefined) this.waiting.push(frame.data);
    else this.decrypt(frame.data);
  }

  decrypt({ iv, ct }) {
    const bytes = Buffer.from(ct, 'base64');
    const decipher = createDecipheriv('aes-256-gcm', this.key, Buffer.from(iv, 'base64'));
    decipher.setAuthTag(bytes.subarray(-16));
    const text = Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString('utf8');
    const { event, data } = JSON.parse(text);
    this.pushes.push({ topic: event, data, at: Date.now() });
  }

  raw(frame) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  /** Sends a frame sealed under the connection's key; with an `id` its answer names it. */
  send(event, data, id) {
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.key, iv);
    const text = Buffer.concat([cipher.update(JSON.stringify({ event, data, id }), 'utf8'), cipher.final()]);
    const ct = Buffer.concat([text, cipher.getAuthTag()]).toString('base64');
    this.raw({ event: 'encrypted', data: { iv: iv.toString('base64'), ct } });
  }

  join(rooms) {
    this.send('join', { rooms });
  }

  /** Sends a frame and resolves with what its answer says, which is a push of the same name. */
  async ask(event, data) {
    const id = randomUUID();
    this.send(event, data, id);
    const { data: answer } = await this.expect(
      `the answer to ${event}`,
      (push) => push.topic === event && push.data?.id === id,
    );
    return answer;
  }

  /** The first push that fits, now or later. */
  expect(what, fits, options = {}) {
    return firstPush(this.pushes, what, fits, options);
  }

  close() {
    clearInterval(this.heartbeat);
    this.socket.close();
  }
}
