import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { processEnvironment } from '@nx/config';
import { eventually, repositoryRoot, reserveFreePort } from '@nx/testing';
import { openSupervisor, type ChildHandle, type Supervisor } from '../../../tools/children.mjs';
import { ForeignClient } from './foreign-client.fixture';
import type { Push } from './foreign-session.fixture';
import { ForeignSocketIoClient } from './foreign-socket-io-client.fixture';
import type { World } from './signal.fixture';

/** Instances of signal as they are deployed: processes of their own, on ports that they keep over restarts. */
export class Fleet {
  private readonly supervisor: Supervisor = openSupervisor({ graceMs: 10_000 });
  private readonly children = new Map<number, ChildHandle>();

  private constructor(
    readonly ports: readonly number[],
    private readonly world: World,
    private readonly extra: Readonly<Record<string, string>>,
  ) {}

  static async start(world: World, size: number, extra: Readonly<Record<string, string>>): Promise<Fleet> {
    const ports: number[] = [];
    while (ports.length < size) ports.push(await reserveFreePort());
    const fleet = new Fleet(ports, world, extra);
    await Promise.all(ports.map((port) => fleet.begin(port)));
    return fleet;
  }

  /** Addresses of the stream, one for each instance. */
  get streams(): readonly string[] {
    return this.ports.map((port) => `ws://127.0.0.1:${port}/stream`);
  }

  /** Resolves when it is ready. */
  async begin(port: number): Promise<void> {
    const logFolder = join(repositoryRoot(), '.local', 'test', 'rolling-restart');
    mkdirSync(logFolder, { recursive: true });
    const env = this.world.environment({ ...this.extra, APP_ENV_SERVER_PORT: String(port), APP_ENV_LOG_LEVEL: 'warn' });
    const child = await this.supervisor.start(`signal-${port}`, {
      command: process.execPath,
      args: [join(repositoryRoot(), 'dist', 'apps', 'signal', 'main.js')],
      env: { PATH: processEnvironment()['PATH'] ?? '', ...env },
      cwd: repositoryRoot(),
      logFile: join(logFolder, `${port}.log`),
    });
    this.children.set(port, child);
    await eventually(async () => child.exitStatus !== null || (await this.isReady(port)), {
      timeoutMs: 60_000,
      everyMs: 100,
    });
    if (child.exitStatus !== null) throw new Error(`signal on port ${port} ended at once`);
  }

  async end(port: number, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.children.get(port);
    child?.signal(signal);
    await child?.exited;
  }

  close(): Promise<void> {
    return this.supervisor.close();
  }

  isReady(port: number): Promise<boolean> {
    return fetch(`http://127.0.0.1:${port}/v1/api/signal/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  }
}

const TOPIC = 'observation/signal/notification/';

interface News {
  readonly notification?: { readonly id: string; readonly sequence: number };
  readonly unread?: number;
}

/**
 * An application that keeps a copy of one inbox and comes back by itself, each time to the next of the instances;
 * whatever does not fit is a fault.
 */
export class InboxCopy {
  /** Ids of the notifications, in the order in which they were told. */
  readonly ids: string[] = [];
  readonly faults: string[] = [];
  unread = 0;
  connections = 0;
  private client: ForeignClient | ForeignSocketIoClient | undefined;
  private stopped = false;

  constructor(
    readonly userId: string,
    private readonly streams: readonly string[],
    private readonly token: string,
    private turn: number,
    private readonly dialect: 'websocket' | 'socket.io',
  ) {}

  /** Resolves with the first connection; goes on until `stop`. */
  async start(): Promise<void> {
    const client = await this.connect();
    const closed: Promise<unknown> = client.closed;
    void closed.then(() => this.comeBack());
  }

  get isConnected(): boolean {
    return this.client?.isClosed === false;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.client?.close();
  }

  private async comeBack(): Promise<void> {
    while (!this.stopped) {
      await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 300));
      if (this.stopped) return;
      try {
        await this.start();
        return;
      } catch {
        // Nobody is there at the moment, or went away in the middle.
      }
    }
  }

  private async connect(): Promise<ForeignClient | ForeignSocketIoClient> {
    this.turn = (this.turn + 1) % this.streams.length;
    const client = await this.open(this.streams[this.turn] ?? '');
    try {
      await client.until(() => client.isClosed || client.clear.some(({ event }) => event === 'connected'));
    } catch (error) {
      // Nobody waits for it any more, so it must not connect later on.
      void client.close();
      throw error;
    }
    if (client.isClosed) throw new Error('closed while connecting');
    this.client = client;
    this.connections += 1;
    return client;
  }

  private async open(stream: string): Promise<ForeignClient | ForeignSocketIoClient> {
    const resume = { lastSequence: this.ids.length };
    if (this.dialect === 'socket.io') {
      const client = ForeignSocketIoClient.open(stream, this.token, { auth: resume });
      client.onPush = (push) => this.take(push);
      return client;
    }
    const client = await ForeignClient.open(stream);
    client.onPush = (push) => this.take(push);
    client.authenticate(this.token, resume);
    return client;
  }

  private take({ event, data }: Push): void {
    const { notification, unread } = data as News;
    if (event === `${TOPIC}created`) {
      const expected = this.ids.length + 1;
      if (notification?.sequence === expected) this.ids.push(notification.id);
      else this.faults.push(`sequence ${notification?.sequence} came in the place of ${expected}`);
    } else if (event !== `${TOPIC}state`) this.faults.push(`${event} came`);
    if (unread !== undefined) this.unread = unread;
  }
}
