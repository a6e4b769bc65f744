import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  AllowedNetworks,
  GuardedAgent,
  guardUrl,
  OutboundClient,
  OutboundNetworkError,
  OutboundTimeoutError,
  RefusedAddressError,
  type OutboundResponse,
} from './index';
import { isPublicAddress } from './url-guard';

let server: Server;
let origin: string;
let port: number;
let reached = 0;

const handle = (request: IncomingMessage, response: ServerResponse): void => {
  reached += 1;
  if (request.url === '/hang') return;
  if (request.url === '/redirect') response.writeHead(302, { location: `${origin}/ok` }).end();
  else if (request.url === '/big') response.end(Buffer.alloc(3000));
  else if (request.url === '/broken') response.writeHead(503).end('sorry');
  else if (request.url === '/cut') request.socket.destroy();
  else {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => response.setHeader('x-echo', String(request.method)).end(Buffer.concat(chunks)));
  }
};

beforeAll(async () => {
  server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
  origin = `http://127.0.0.1:${port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('outbound client', () => {
  it('sends and returns any status, following no redirect', async () => {
    const client = new OutboundClient();
    const answer = await client.request(
      { method: 'POST', url: `${origin}/ok`, body: 'hello', headers: { a: 'b' } },
      { name: 'a' },
    );
    expect([answer.status, answer.body.toString(), answer.headers['x-echo']]).toEqual([200, 'hello', 'POST']);
    expect((await client.request({ method: 'GET', url: `${origin}/redirect` }, { name: 'a' })).status).toBe(302);
    expect((await client.request({ method: 'GET', url: `${origin}/broken` }, { name: 'a' })).body.toString()).toBe(
      'sorry',
    );
    await client.close();
  });

  it('says whether the other side may have acted', async () => {
    const client = new OutboundClient({ connectTimeoutMs: 200 });
    const hang = client.request({ method: 'GET', url: `${origin}/hang` }, { name: 'hang', timeoutMs: 100 });
    await expect(hang).rejects.toMatchObject({ name: 'OutboundTimeoutError', sent: true });
    await expect(client.request({ method: 'GET', url: `${origin}/cut` }, { name: 'cut' })).rejects.toMatchObject({
      name: 'OutboundNetworkError',
      sent: true,
    });
    await expect(client.request({ method: 'GET', url: 'http://127.0.0.1:1/' }, { name: 'none' })).rejects.toMatchObject(
      { name: 'OutboundNetworkError', sent: false },
    );
    await expect(
      client.request({ method: 'GET', url: `${origin}/big` }, { name: 'big', maxResponseBytes: 2999 }),
    ).rejects.toBeInstanceOf(OutboundNetworkError);
    expect(
      (await client.request({ method: 'GET', url: `${origin}/big` }, { name: 'big', maxResponseBytes: 3000 })).body
        .length,
    ).toBe(3000);
    expect(OutboundTimeoutError.name).toBe('OutboundTimeoutError');
    await client.close();
  });

  it('opens a breaker per name and closes it again', async () => {
    const client = new OutboundClient({ failuresToOpen: 3, openMs: 50 });
    const call = (url: string, name: string) => client.request({ method: 'GET', url: `${origin}${url}` }, { name });
    for (let index = 0; index < 3; index += 1) expect((await call('/broken', 'x')).status).toBe(503);
    const before = reached;
    await expect(call('/ok', 'x')).rejects.toMatchObject({ sent: false });
    expect(reached).toBe(before);
    expect((await call('/ok', 'y')).status).toBe(200);
    await expect.poll(() => call('/ok', 'x').then(statusOf, () => 0), { timeout: 3000 }).toBe(200);
    await client.close();
  });

  it.each([2, -2])('closes it again though the clock, wrong by %i hours, is mended meanwhile', async (hours) => {
    const client = new OutboundClient({ failuresToOpen: 1, openMs: 50 });
    const call = (url: string) => client.request({ method: 'GET', url: `${origin}${url}` }, { name: 'x' });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + hours * 3_600_000 });
    try {
      await call('/broken');
    } finally {
      vi.useRealTimers();
    }
    await expect(call('/ok')).rejects.toMatchObject({ sent: false });
    await expect.poll(() => call('/ok').then(statusOf, () => 0), { timeout: 3000 }).toBe(200);
    await client.close();
  });

  it('keeps a slow other side from taking all calls', async () => {
    const client = new OutboundClient({ concurrent: 1, queued: 0 });
    const first = client
      .request({ method: 'GET', url: `${origin}/hang` }, { name: 'slow', timeoutMs: 300 })
      .catch(() => 'late');
    await expect(client.request({ method: 'GET', url: `${origin}/ok` }, { name: 'slow' })).rejects.toMatchObject({
      sent: false,
    });
    expect((await client.request({ method: 'GET', url: `${origin}/ok` }, { name: 'other' })).status).toBe(200);
    expect(await first).toBe('late');
    await client.close();
  });
});

const statusOf = ({ status }: OutboundResponse): number => status;

const nobody = new AllowedNetworks([]);

describe('the guard of foreign addresses', () => {
  it.each([
    'http://example.com@10.0.0.1/',
    'https://user:pass@example.com/',
    'ftp://example.com/',
    'file:///etc/passwd',
    'not a url',
    'https://127.0.0.1/',
    'https://127.1/',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0x7f.1/',
    'https://0177.0.0.1/',
    'https://0300.0250.0.1/',
    'https://10.1.2.3/',
    'https://172.16.0.1/',
    'https://192.168.1.1/',
    'https://169.254.169.254/latest/meta-data',
    'https://100.100.100.200/',
    'https://0.0.0.0/',
    'https://255.255.255.255/',
    'https://224.0.0.1/',
    'https://192.0.0.192/',
    'https://[::1]/',
    'https://[::]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:a9fe:a9fe]/',
    'https://[::127.0.0.1]/',
    'https://[fe80::1]/',
    'https://[fd00:ec2::254]/',
    'https://[fec0::1]/',
    'https://[64:ff9b::7f00:1]/',
    'https://[2002:7f00:1::]/',
    'https://[2001:0:7f00:1::]/',
    'https://１２７.０.０.１/',
    'http://93.184.216.34/',
  ])('refuses %s', (url) => {
    expect(() => guardUrl(url, nobody)).toThrow(RefusedAddressError);
  });

  it.each([
    'https://example.com/hook',
    'https://93.184.216.34/',
    'https://[2606:2800:220:1::1]/',
    'https://8.8.8.8:8443/x?y=1',
  ])('takes %s', (url) => {
    expect(guardUrl(url, nobody).href).toContain('https://');
  });

  it('finds private IPv4 in every numeric spelling', () => {
    const octet = fc.integer({ min: 0, max: 255 });
    const privateAddress = fc.oneof(
      fc.tuple(fc.constant(10), octet, octet, octet),
      fc.tuple(fc.constant(127), octet, octet, octet),
      fc.tuple(fc.constant(192), fc.constant(168), octet, octet),
      fc.tuple(fc.constant(169), fc.constant(254), octet, octet),
    );
    const spell = fc.constantFrom(
      (value: number) => String(value),
      (value: number) => `0x${value.toString(16)}`,
      (value: number) => `0${value.toString(8)}`,
    );
    fc.assert(
      fc.property(privateAddress, spell, fc.integer({ min: 1, max: 4 }), (octets, write, parts) => {
        const head = octets.slice(0, parts - 1);
        const tail = octets.slice(parts - 1).reduce((sum, value) => sum * 256 + value, 0);
        expect(() => guardUrl(`https://${[...head, tail].map(write).join('.')}/`, nobody)).toThrow(RefusedAddressError);
        expect(isPublicAddress(`::ffff:${octets.join('.')}`)).toBe(false);
      }),
    );
  });

  it('reaches an allowed network, over http too, and nothing beside it', async () => {
    const agent = new GuardedAgent(new AllowedNetworks(['127.0.0.0/8']));
    expect((await agent.request({ method: 'GET', url: `${origin}/ok` }, { name: 'a' })).status).toBe(200);
    await expect(agent.request({ method: 'GET', url: 'http://10.0.0.1/' }, { name: 'a' })).rejects.toBeInstanceOf(
      RefusedAddressError,
    );
    await agent.close();
  });

  it('refuses a name at the moment of connecting, whatever it resolved to before', async () => {
    const before = reached;
    const agent = new GuardedAgent(nobody, {}, async () => [{ address: '127.0.0.1', family: 4 }]);
    await expect(
      agent.request({ method: 'GET', url: `https://rebound.example:${port}/ok` }, { name: 'a' }),
    ).rejects.toBeInstanceOf(RefusedAddressError);
    const mixed = new GuardedAgent(nobody, {}, async () => [
      { address: '93.184.216.34', family: 4 },
      { address: '169.254.169.254', family: 4 },
    ]);
    await expect(
      mixed.request({ method: 'GET', url: `https://mixed.example:${port}/ok` }, { name: 'a' }),
    ).rejects.toBeInstanceOf(RefusedAddressError);
    const plain = new GuardedAgent(nobody, {}, async () => [{ address: '93.184.216.34', family: 4 }]);
    await expect(
      plain.request({ method: 'GET', url: `http://public.example:${port}/ok` }, { name: 'a' }),
    ).rejects.toBeInstanceOf(RefusedAddressError);
    expect(reached).toBe(before);
    const sibling = new GuardedAgent(new AllowedNetworks(['127.0.0.1/32']), {}, async () => [
      { address: '127.0.0.1', family: 4 },
    ]);
    expect(
      (await sibling.request({ method: 'GET', url: `http://sibling.internal:${port}/ok` }, { name: 'a' })).status,
    ).toBe(200);
    await Promise.all([agent, mixed, plain, sibling].map((each) => each.close()));
  });
});
