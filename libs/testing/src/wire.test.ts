import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { PostgresConfig } from '@nx/config';
import { Logger } from '@nx/observability';
import { Database, type Tx } from '@nx/persistence';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from './eventually';
import { testDatabase } from './test-database';
import { openWire, type Wire } from './wire';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const POSTGRES = { poolMax: 1, poolMin: 0, connectTimeoutMs: 5000, idleMs: 10_000, maxLifetimeMs: 600_000, leakMs: 0 };

/** A wire to a server that notes what it gets and sends it back. */
async function echo(): Promise<{ wire: Wire; taken: () => string }> {
  let text = '';
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      text += data.toString();
      socket.write(data);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  const wire = await openWire(`127.0.0.1:${(server.address() as AddressInfo).port}`);
  closing.push(() => wire.close());
  return { wire, taken: () => text };
}

/** A client that collects what it gets. */
function dial({ through }: Wire): { socket: Socket; got: () => string; closed: () => boolean } {
  const socket = connect({ host: '127.0.0.1', port: Number(through.split(':')[1]) });
  let text = '';
  let closed = false;
  socket.on('error', () => undefined);
  socket.on('data', (data) => (text += data.toString()));
  socket.on('close', () => (closed = true));
  closing.push(() => socket.destroy());
  return { socket, got: () => text, closed: () => closed };
}

describe('a wire', () => {
  it('breaks what stands in the middle of the next message, and takes the next connection', async () => {
    const { wire, taken } = await echo();
    const client = dial(wire);
    client.socket.write('hello');
    await eventually(() => client.got() === 'hello');
    expect(wire.breakMidMessage()).toBe(1);
    client.socket.write('0123456789');
    await eventually(() => client.closed());
    await eventually(() => taken() === 'hello01234');
    expect(client.got()).toBe('hello');
    const next = dial(wire);
    next.socket.write('again');
    await eventually(() => next.got() === 'again');
    expect(wire.breakMidMessage()).toBe(1);
  });

  it('springs a trap at a text, or at the COMMIT of the transaction in which it was sent', async () => {
    const { wire, taken } = await echo();
    const said = async (client: ReturnType<typeof dial>, text: string): Promise<void> => {
      const before = client.got().length;
      client.socket.write(text);
      await eventually(() => client.got().length >= before + text.length);
    };
    const sprung = wire.trap({ text: 'INSERT', atCommit: true, when: 'before', spared: 1 });
    const [one, other] = [dial(wire), dial(wire)];
    await said(one, 'INSERT');
    await said(other, 'COMMIT\0');
    await said(one, 'ROLLBACK\0');
    await said(one, 'COMMIT\0');
    await said(one, 'INSERT');
    await said(one, 'BEGIN\0');
    await said(one, 'COMMIT\0');
    await said(one, 'INSERT');
    await said(one, 'COMMIT\0');
    await said(one, 'INSERT');
    expect(sprung()).toBe(0);
    one.socket.write('COMMIT\0');
    await eventually(() => one.closed());
    expect(sprung()).toBe(1);
    expect(taken().endsWith('INSERT')).toBe(true);
    wire.trap({ text: 'UPDATE', when: 'after' });
    other.socket.write('UPDATE');
    await eventually(() => other.closed());
    expect(taken().endsWith('UPDATE')).toBe(true);
    expect(other.got()).toBe('COMMIT\0');
  });

  it('counts for a COMMIT what was sent since its own BEGIN, as transactions send it', async () => {
    const { urlFor, drop } = await testDatabase({ service: 'payment' });
    closing.push(drop);
    const wire = await openWire(urlFor('runtime'));
    closing.push(() => wire.close());
    const database = new Database({
      // One connection, so that all of this is said over the same.
      postgres: Object.assign(new PostgresConfig(), { ...POSTGRES, url: wire.through }),
      applicationName: 'nx-wire',
      logger: Logger.create({ service: 't', mode: 'test', level: 'silent' }),
    });
    closing.push(() => database.stop());
    const sprung = wire.trap({ text: 'the word', atCommit: true, when: 'after' });
    await database.query(`SELECT 'the word'`);
    await database.transaction((tx) => tx.query('SELECT 1'));
    await database.query(`SELECT 'the word'`);
    await database.snapshot((tx) => tx.query('SELECT 1'));
    expect(sprung()).toBe(0);
    await database.transaction((tx) => tx.query(`SELECT 'the word'`));
    expect(sprung()).toBe(1);
    // Prepared on its connection by its fifth time, its text is sent no more.
    const word = (tx: Tx): Promise<object[]> => tx.query(`SELECT 'the other word', $1::int`, [1]);
    for (let time = 0; time < 6; time += 1) await database.transaction(word);
    const bound = wire.trap({ text: 'the other word', atCommit: true, when: 'after' });
    await database.transaction(word);
    expect(bound()).toBe(1);
  });
});
