import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import WebSocket from 'ws';
import { ROOT } from '../infra/paths.mjs';
import { waitFor } from './http.mjs';

const CONNECT_MS = 10_000;

/**
 * A screen at `/stream`: the client kit as a till in the field would use it, with an ear on the wire, so that a test can
 * show that nothing came in clear. It ends with its connection; whoever wants another one connects again.
 * @throws Error when it is refused, or not connected within ten seconds
 */
export async function connectStream(signalUrl, token, { rooms = [], info } = {}) {
  const stream = new Stream(`${signalUrl.replace(/^http/, 'ws')}/stream`, { token, rooms, info });
  await stream.connected;
  return stream;
}

const KIT = join(ROOT, 'dist', 'signal-client', 'main.js');

/** The kit as the build has left it. */
function loadKit() {
  if (!existsSync(KIT)) throw new Error('the client kit is not built: npm run build');
  return createRequire(import.meta.url)(KIT);
}

class Stream {
  /** Opened pushes in the order of their arrival: `{topic, data, at}`. */
  pushes = [];
  /** All frames as they came over the wire. */
  wire = [];
  /** Frames that came in clear. */
  clear = [];
  closed = null;

  constructor(url, { token, rooms, info }) {
    const tap = (text) => this.overhear(text);
    class TappedWebSocket extends WebSocket {
      constructor(address) {
        super(address);
        this.addEventListener('message', ({ data }) => tap(Buffer.from(data).toString('utf8')));
      }
    }
    const { SignalClient } = loadKit();
    const client = new SignalClient({
      url,
      token,
      rooms,
      info,
      webSocket: TappedWebSocket,
      connectTimeoutMs: CONNECT_MS,
    });
    client.onMessage((topic, data) => this.pushes.push({ topic, data, at: Date.now() }));
    this.client = client;
    this.connected = new Promise((resolve, reject) => {
      client.onConnected(({ id, userId }) => resolve(Object.assign(this, { id, userId })));
      client.onClose(({ code, reason }) => {
        this.closed = { code, reason };
        client.close();
        reject(new Error(`the stream ended: ${code} ${reason}`));
      });
    });
    client.connect();
  }

  overhear(text) {
    this.wire.push(text);
    const frame = JSON.parse(text);
    if (frame.event !== 'encrypted') this.clear.push(frame);
  }

  join(rooms) {
    this.client.join(rooms);
  }

  /** The first push that fits, now or later. */
  expect(what, fits, options = {}) {
    return waitFor(
      what,
      (note) => {
        note(this.pushes.map(({ topic }) => topic));
        return this.pushes.find(fits);
      },
      { everyMs: 10, ...options },
    );
  }

  close() {
    this.client.close();
  }
}
