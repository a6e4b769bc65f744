import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { eventually } from '@nx/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { WebSocketConnection } from './websocket-connection';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0).toReversed()) close();
});

/** A connection, what lies under it, and what its client has got. */
async function connection(): Promise<{ ours: WebSocketConnection; wire: Duplex; heard: string[]; client: WebSocket }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const opened = new Promise<{ ours: WebSocketConnection; wire: Duplex }>((resolve) => {
    server.once('upgrade', (request: IncomingMessage, wire: Duplex, head: Buffer) =>
      sockets.handleUpgrade(request, wire, head, (socket) =>
        resolve({ ours: new WebSocketConnection(socket, wire, '127.0.0.1'), wire }),
      ),
    );
  });
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const heard: string[] = [];
  client.on('message', (data: Buffer) => heard.push((JSON.parse(data.toString()) as { data: { ct: string } }).data.ct));
  closers.push(
    () => server.close(),
    () => client.terminate(),
  );
  return { ...(await opened), heard, client };
}

const frame = (ct: string): { iv: string; ct: string } => ({ iv: 'AAAAAAAAAAAAAAAA', ct });

describe('frames of the plain dialect', () => {
  it('of one turn of the event loop go to the kernel together, in order, and count as nobody’s delay', async () => {
    const { ours, wire, heard } = await connection();
    const numbers = Array.from({ length: 20 }, (_frame, index) => String(index));
    for (const number of numbers) ours.sendSealed(frame(number));
    expect(wire.writableLength).toBeGreaterThan(1_000);
    expect(ours.bufferedBytes()).toBeLessThan(200);
    expect(wire.writableCorked).toBe(1);
    await turn();
    expect(wire.writableCorked).toBe(0);
    await eventually(() => heard.length === numbers.length);
    expect(heard).toEqual(numbers);
  });

  it('are not held back beyond 64 KiB, nor when the connection is closed', async () => {
    const { ours, wire, heard, client } = await connection();
    const large = 'x'.repeat(70_000);
    ours.sendSealed(frame(large));
    expect(wire.writableCorked).toBe(0);
    ours.sendSealed(frame('last'));
    ours.close({ code: 1001, reason: 'Server shutting down' });
    expect(wire.writableCorked).toBe(0);
    const [code] = (await once(client, 'close')) as [number];
    expect(code).toBe(1001);
    expect(heard).toEqual([large, 'last']);
  });
});
