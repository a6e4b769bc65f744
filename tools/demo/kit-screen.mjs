import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import WebSocket from 'ws';
import { ROOT } from '../infra/paths.mjs';
import { firstPush } from './first-push.mjs';

const CONNECT_MS = 10_000;
const KIT = join(ROOT, 'dist', 'signal-client', 'main.js');

/**
 * A screen with the client kit, as a seller's own web page has it, where `connectStream` is a till that was written from
 * the protocol alone. Like that one it tells pushes and what came in clear, and ends with its connection.
 * @throws Error when it is refused, not connected within ten seconds, or the kit is not built
 */
export async function openKitScreen(signalUrl, token, { rooms = [] } = {}) {
  const screen = new KitScreen(`${signalUrl.replace(/^http/, 'ws')}/stream`, { token, rooms });
  await screen.connected;
  return screen;
}

function loadKit() {
  if (!existsSync(KIT)) throw new Error('the client kit is not built: npm run build');
  return createRequire(import.meta.url)(KIT);
}

class KitScreen {
  /** Opened pushes in the order of their arrival: `{topic, data, at}`. */
  pushes = [];
  /** Frames that came in clear. */
  clear = [];

  constructor(url, { token, rooms }) {
    const tap = (text) => this.overhear(text);
    class TappedWebSocket extends WebSocket {
      constructor(address) {
        super(address);
        this.addEventListener('message', ({ data }) => tap(Buffer.from(data).toString('utf8')));
      }
    }
    const { SignalClient } = loadKit();
    const client = new SignalClient({ url, token, rooms, webSocket: TappedWebSocket, connectTimeoutMs: CONNECT_MS });
    client.onMessage((topic, data) => this.pushes.push({ topic, data, at: Date.now() }));
    this.client = client;
    this.connected = new Promise((resolve, reject) => {
      client.onConnected(resolve);
      client.onClose(({ code, reason }) => {
        client.close();
        reject(new Error(`the stream ended: ${code} ${reason}`));
      });
    });
    client.connect();
  }

  overhear(text) {
    const frame = JSON.parse(text);
    if (frame.event !== 'encrypted') this.clear.push(frame);
  }

  /** The first push that fits, now or later. */
  expect(what, fits, options = {}) {
    return firstPush(this.pushes, what, fits, options);
  }

  close() {
    this.client.close();
  }
}
