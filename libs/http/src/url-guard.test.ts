import { createSocket } from 'node:dgram';
import { Resolver as DnsResolver } from 'node:dns/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { ConnectionWatch, HOSTILE_ANSWERS, hostileUrls } from '@nx/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GuardedAgent, type Resolver } from './guarded-agent';
import { RefusedAddressError } from './outbound-errors';
import { AllowedNetworks, guardUrl } from './url-guard';

const nobody = new AllowedNetworks([]);
const loopback = new AllowedNetworks(['127.0.0.0/8', '::1/128']);
const of = (...addresses: string[]): Awaited<ReturnType<Resolver>> =>
  addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

let watch: ConnectionWatch;
let openedBefore = 0;
let acceptedBefore = 0;
beforeAll(async () => {
  watch = await ConnectionWatch.start();
});
afterAll(() => watch.stop());
beforeEach(() => {
  openedBefore = watch.attempts().length;
  acceptedBefore = watch.accepted;
});

/** Calls once; gives what was thrown, or the status. */
const call = async (agent: GuardedAgent, url: string): Promise<unknown> => {
  try {
    return (await agent.request({ method: 'POST', url, body: '{}' }, { name: url, timeoutMs: 2000 })).status;
  } catch (error) {
    return error;
  } finally {
    await agent.close();
  }
};

const nothingOpened = (): void => {
  expect(watch.attempts().slice(openedBefore)).toEqual([]);
  expect(watch.accepted).toBe(acceptedBefore);
};

const reached = async (): Promise<void> => {
  await expect.poll(() => watch.accepted, { timeout: 5000 }).toBeGreaterThan(acceptedBefore);
};

describe('no socket is opened to', () => {
  // The port is known only when the listener is there; the table is made with a mark in its place.
  const table = hostileUrls(65_535).map(({ group, url }) => ({ group, url }));

  it('at least 150 spellings, each once', () => {
    expect(new Set(table.map(({ url }) => url)).size).toBe(table.length);
    expect(table.length).toBeGreaterThanOrEqual(150);
  });

  it.each(table)('$group: $url', async ({ url }) => {
    const text = url.replaceAll('65535', String(watch.port));
    expect(() => guardUrl(text, nobody)).toThrow(RefusedAddressError);
    expect(await call(new GuardedAgent(nobody), text)).toBeInstanceOf(RefusedAddressError);
    nothingOpened();
  });

  it.each(Object.entries(HOSTILE_ANSWERS))('the name %s, which answers %j', async (name, answers) => {
    for (const scheme of ['https', 'http']) {
      const url = `${scheme}://${name}:${watch.port}/hook`;
      expect(await call(new GuardedAgent(nobody, {}, async () => of(...answers)), url)).toBeInstanceOf(
        RefusedAddressError,
      );
    }
    nothingOpened();
  });

  it('every address that this machine itself has', async () => {
    const own = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
    expect(own.length).toBeGreaterThan(0);
    for (const { address, family } of own) {
      const url = `https://${family === 'IPv6' ? `[${address}]` : address}:${watch.port}/hook`;
      expect(await call(new GuardedAgent(nobody), url)).toBeInstanceOf(RefusedAddressError);
    }
    nothingOpened();
  });

  it('a public address without TLS, by name', async () => {
    const agent = new GuardedAgent(nobody, {}, async () => of('93.184.216.34'));
    expect(await call(agent, `http://public.example:${watch.port}/`)).toBeInstanceOf(RefusedAddressError);
    nothingOpened();
  });
});

describe('a name whose answers change', () => {
  it('is asked once for a connection, and what was checked is what is connected to', async () => {
    let asked = 0;
    const agent = new GuardedAgent(loopback, {}, async () => {
      asked += 1;
      return asked === 1 ? of('127.0.0.1') : of('10.0.0.1');
    });
    await call(agent, `https://rebound.example:${watch.port}/`);
    await reached();
    expect(asked).toBe(1);
    expect(watch.attempts().slice(openedBefore)).toEqual([`127.0.0.1 ${watch.port}`]);
  });

  it('is refused as soon as it turns, although it was called before', async () => {
    const answers = [of('127.0.0.1'), of('192.168.0.1'), of('127.0.0.1', '192.168.0.1')];
    let asked = 0;
    const resolver: Resolver = async () => answers[Math.min(asked++, answers.length - 1)] ?? [];
    const url = `http://rebound.example:${watch.port}/`;
    const agent = new GuardedAgent(loopback, {}, resolver);
    const post = () => agent.request({ method: 'POST', url }, { name: 'x', timeoutMs: 2000 }).catch((error) => error);
    await post();
    await reached();
    const [opened, accepted] = [watch.attempts().length, watch.accepted];
    for (let count = 0; count < 2; count += 1) expect(await post()).toBeInstanceOf(RefusedAddressError);
    expect(asked).toBe(3);
    expect([watch.attempts().length, watch.accepted]).toEqual([opened, accepted]);
    await agent.close();
  });
});

describe('real answers of a name server', () => {
  it('that lead over a CNAME to a private address, or are private in one family only, open no socket', async () => {
    const server = await NameServer.start({
      'alias.example': { cname: 'inside.example', a: '127.0.0.1' },
      'both.example': { a: '93.184.216.34', aaaa: '::1' },
    });
    const dns = new DnsResolver({ timeout: 2000, tries: 1 });
    dns.setServers([`127.0.0.1:${server.port}`]);
    const resolver: Resolver = async (host) => {
      const [v4, v6] = await Promise.all([dns.resolve4(host), dns.resolve6(host).catch(() => [])]);
      return of(...v4, ...v6);
    };
    expect(await resolver('alias.example')).toEqual(of('127.0.0.1'));
    expect(await resolver('both.example')).toEqual(of('93.184.216.34', '::1'));
    for (const name of ['alias.example', 'both.example']) {
      const url = `https://${name}:${watch.port}/`;
      expect(await call(new GuardedAgent(nobody, {}, resolver), url)).toBeInstanceOf(RefusedAddressError);
    }
    nothingOpened();
    // The same alias is a sibling's where the operator says so.
    await call(new GuardedAgent(loopback, {}, resolver), `http://alias.example:${watch.port}/`);
    await reached();
    await server.stop();
  });
});

describe('a redirect', () => {
  it.each([300, 301, 302, 303, 305, 307, 308])('with %i is not followed', async (status) => {
    const target = `http://127.0.0.1:${watch.port}/`;
    const server = createServer((_request, response) => {
      response.writeHead(status, { location: target, refresh: `0; url=${target}` }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await call(new GuardedAgent(loopback), `http://127.0.0.1:${port}/`)).toBe(status);
    expect(watch.attempts([port]).slice(openedBefore)).toEqual([]);
    expect(watch.accepted).toBe(acceptedBefore);
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('the listener is reached, when its network is allowed, at', () => {
  it.each([
    ...['http://127.0.0.1', 'https://127.0.0.1', 'http://2130706433', 'https://0x7f.1', 'http://0177.0.0.1'],
    ...[
      'http://[::1]',
      'https://[::ffff:127.0.0.1]',
      'http://１２７.０.０.１',
      'http://localhost',
      'https://shop.localhost',
    ],
  ])('%s', async (base) => {
    const resolver: Resolver = async () => of('127.0.0.1');
    const url = `${base}:${watch.port}/hook`;
    expect(guardUrl(url, loopback).port).toBe(String(watch.port));
    await call(new GuardedAgent(loopback, {}, resolver), url);
    await reached();
    expect(watch.attempts().length).toBeGreaterThan(openedBefore);
  });

  it('one network and no other', async () => {
    const one = () => new GuardedAgent(new AllowedNetworks(['127.0.0.1/32']));
    for (const host of ['127.0.0.2', '[::1]', '10.0.0.1', '[fd00::1]', '169.254.169.254']) {
      expect(await call(one(), `http://${host}:${watch.port}/`)).toBeInstanceOf(RefusedAddressError);
    }
    nothingOpened();
    await call(one(), `http://127.0.0.1:${watch.port}/`);
    await reached();
  });
});

interface Zone {
  readonly cname?: string;
  readonly a?: string;
  readonly aaaa?: string;
}

const TYPES = { a: 1, cname: 5, aaaa: 28 } as const;

/** A name server that answers A and AAAA, over an alias where the zone has one (RFC 1035 §4). */
class NameServer {
  private constructor(
    private readonly socket: ReturnType<typeof createSocket>,
    readonly port: number,
  ) {}

  static async start(zones: Readonly<Record<string, Zone>>): Promise<NameServer> {
    const socket = createSocket('udp4');
    socket.on('message', (query, peer) => socket.send(answerOf(query, zones), peer.port, peer.address));
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    return new NameServer(socket, socket.address().port);
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.socket.close(() => resolve()));
  }
}

const nameBytes = (name: string): Buffer =>
  Buffer.concat([
    ...name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
    Buffer.from([0]),
  ]);

const record = (name: string, type: number, data: Buffer): Buffer => {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(type, 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([nameBytes(name), fixed, data]);
};

const answerOf = (query: Buffer, zones: Readonly<Record<string, Zone>>): Buffer => {
  const end = query.indexOf(0, 12) + 5;
  const labels: string[] = [];
  for (let at = 12; (query[at] ?? 0) > 0; at += (query[at] ?? 0) + 1) {
    labels.push(query.toString('latin1', at + 1, at + 1 + (query[at] ?? 0)));
  }
  const name = labels.join('.').toLowerCase();
  const zone = zones[name] ?? {};
  const asked = query.readUInt16BE(end - 4);
  const text = asked === TYPES.a ? zone.a : zone.aaaa;
  // The zones of the test have one IPv6 address, ::1.
  const data =
    asked === TYPES.a ? Buffer.from((text ?? '').split('.').map(Number)) : Buffer.from([...Array(15).fill(0), 1]);
  const records = text === undefined ? [] : [record(zone.cname ?? name, asked, data)];
  if (zone.cname !== undefined) records.unshift(record(name, TYPES.cname, nameBytes(zone.cname)));
  const head = Buffer.from(query.subarray(0, 12));
  head.writeUInt16BE(0x8180, 2);
  head.writeUInt16BE(records.length, 6);
  head.writeUInt32BE(0, 8);
  return Buffer.concat([head, query.subarray(12, end), ...records]);
};
