import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort, freePorts, isPortFree, nextFreePort } from './ports.mjs';

const open: Server[] = [];

async function occupy(port: number, host = '127.0.0.1'): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  open.push(server);
  return (server.address() as AddressInfo).port;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

describe('free ports', () => {
  it('sees a port as taken whichever address its server is bound to', async () => {
    expect(await isPortFree(await occupy(0))).toBe(false);
    expect(await isPortFree(await occupy(0, '0.0.0.0'))).toBe(false);
    expect(await isPortFree(await freePort())).toBe(true);
  });

  it('moves on from a port in use, from promised ones and from those that fail a further condition', async () => {
    const taken = await occupy(0);
    expect(await nextFreePort(taken)).toBeGreaterThan(taken);
    const next = await nextFreePort(taken, { taken: new Set([taken + 1, taken + 2]) });
    expect(next).toBeGreaterThan(taken + 2);
    expect(await nextFreePort(taken, { usable: async (port) => port > taken + 5 })).toBeGreaterThan(taken + 5);
  });

  it('gives up at the end of the span instead of walking on', async () => {
    const taken = await occupy(0);
    await expect(nextFreePort(taken, { span: 1 })).rejects.toThrow(`no free port between ${taken} and ${taken}`);
  });

  it('hands out different ports at once', async () => {
    expect(new Set(await freePorts(20)).size).toBe(20);
  });
});
