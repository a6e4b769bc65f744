import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { eventually } from '@nx/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { World, type Instance } from '../../apps/signal/src/signal.fixture';
import { Delivery } from '../../apps/signal/src/stream/delivery';
import { CLOSINGS } from '../../apps/signal/src/stream/frames';
import type { Session } from '../../apps/signal/src/stream/session';
import { SessionRegistry } from '../../apps/signal/src/stream/session-registry';
import { bundleForBrowsers, openPage } from './browser.fixture';

/** What the page reports, in the order in which it came. */
interface Report {
  readonly dialect: string;
  readonly kind: 'connected' | 'message' | 'error' | 'closed';
  readonly said: unknown;
}

const DIALECTS = ['websocket', 'socket.io'] as const;
const ROOM = 'payment/merchants/m-1';
const PATIENCE = { timeoutMs: 60_000 };

/** Runs in the page, whose only script besides this one is the client kit. */
const script = (stream: string, token: string): string => `
  for (const dialect of ${JSON.stringify(DIALECTS)}) {
    const report = (kind, said) =>
      void fetch('/reports', { method: 'POST', body: JSON.stringify({ dialect, kind, said }) });
    const client = new kit.SignalClient({
      url: ${JSON.stringify(stream)},
      token: () => ${JSON.stringify(token)},
      dialect,
      webSocket: WebSocket,
      rooms: [${JSON.stringify(ROOM)}],
      backoff: { initialMs: 20, maxMs: 50 },
    });
    client.onConnected((info) => report('connected', info.id));
    client.onMessage((topic, data) => report('message', { topic, data }));
    client.onError((error) => report('error', error.message));
    client.onClose((info) => report('closed', info.code));
    client.connect();
  }`;

let world: World;
let instance: Instance;
let site: Server;
let browser: Awaited<ReturnType<typeof openPage>>;
const reports: Report[] = [];

const said = (dialect: string, kind: Report['kind']): unknown[] =>
  reports.filter((report) => report.dialect === dialect && report.kind === kind).map((report) => report.said);

beforeAll(async () => {
  const [kit, started] = await Promise.all([
    bundleForBrowsers(join(import.meta.dirname, '../../libs/signal-client/src/index.ts')),
    World.start(),
  ]);
  world = started;
  // Strict: what the page sends is sealed and numbered by Web Crypto, or not heard.
  instance = await world.instance({ APP_ENV_WEBSOCKET_STRICT: 'true' });
  const token = await world.token('u-1', { merchantIds: 'm-1' });
  const page = `<!doctype html><meta charset="utf-8"><script src="/kit.js"></script><script>${script(instance.stream, token)}</script>`;
  site = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.method === 'POST') reports.push(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Report);
      const isScript = request.url === '/kit.js';
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
      response.end(isScript ? kit : page);
    });
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  browser = await openPage(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
}, 600_000);

afterAll(async () => {
  await browser.stop();
  site.closeAllConnections();
  site.close();
  await world.stop();
});

const push = (event: string, data: unknown): Promise<number> =>
  world.bus.publish('ws:room:x', JSON.stringify({ serverId: 'x', type: 'room', target: ROOM, event, data }));

describe('the client kit in a browser', () => {
  it.each(DIALECTS)('agrees on a key with Web Crypto and reads pushes over %s', async (dialect) => {
    await eventually(() => said(dialect, 'connected').length === 1, PATIENCE);
    const message = {
      topic: 'observation/payment/attempt/success',
      data: { note: 'Cà phê sữa đá ₫', amount: '45000' },
    };
    await eventually(async () => {
      await push(message.topic, message.data);
      return said(dialect, 'message').length > 0;
    }, PATIENCE);
    expect(said(dialect, 'message')[0]).toEqual(message);
    expect(said(dialect, 'error')).toEqual([]);
  });

  it.each(DIALECTS)('comes back to its rooms over %s', async (dialect) => {
    const [id] = said(dialect, 'connected');
    const { delivery, session } = socketOf(String(id));
    expect(session.connection.transport).toBe(dialect);
    delivery.close(session, CLOSINGS.shutdown);
    await eventually(() => said(dialect, 'connected').length === 2, PATIENCE);
    expect(said(dialect, 'closed')).toEqual([1001]);
    await eventually(async () => {
      await push('again', 1);
      return said(dialect, 'message').some((message) => (message as { topic: string }).topic === 'again');
    }, PATIENCE);
    expect(said(dialect, 'error')).toEqual([]);
  });
});

const socketOf = (id: string): { delivery: Delivery; session: Session } => {
  const session = instance.app.get(SessionRegistry).find(id);
  if (session === undefined) throw new Error('the page is not connected');
  return { delivery: instance.app.get(Delivery), session };
};
