import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '@nx/testing';
import { openFront } from './front';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A server that sends back what it gets, after its name. */
async function echo(name: string): Promise<{ port: number; server: Server }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data) => socket.write(`${name}:${data.toString()}`));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  return { port: (server.address() as AddressInfo).port, server };
}

/** A client that collects what it gets. */
function dial(port: number): { socket: Socket; got: () => string; closed: () => boolean } {
  const socket = connect({ host: '127.0.0.1', port });
  let text = '';
  let closed = false;
  socket.on('error', () => undefined);
  socket.on('data', (data) => (text += data.toString()));
  socket.on('close', () => (closed = true));
  closing.push(() => socket.destroy());
  return { socket, got: () => text, closed: () => closed };
}

describe('a front', () => {
  it('goes over the ready replicas in turn and passes by one that is gone', async () => {
    const [a, b, gone] = [await echo('a'), await echo('b'), await echo('gone')];
    gone.server.close();
    let ready = true;
    const front = await openFront();
    closing.push(() => front.close());
    front.serve([
      { port: a.port, healthy: () => true },
      { port: gone.port, healthy: () => true },
      { port: b.port, healthy: () => ready },
    ]);
    const names = async (): Promise<string[]> => {
      const found: string[] = [];
      for (let call = 0; call < 6; call += 1) {
        const client = dial(Number(new URL(front.url).port));
        client.socket.write('?');
        await eventually(() => client.got().endsWith(':?'));
        found.push(client.got());
      }
      return found;
    };
    expect(new Set(await names())).toEqual(new Set(['a:?', 'b:?']));
    ready = false;
    expect(new Set(await names())).toEqual(new Set(['a:?']));
  });
});
