import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { processEnvironment } from '@nx/config';
import { eventually, repositoryRoot, reserveFreePort } from '@nx/testing';
import { openSupervisor, type ChildHandle, type Supervisor } from '../../../tools/children.mjs';
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
