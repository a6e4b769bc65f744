import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSupervisor, type ChildHandle, type Supervisor } from '../../../tools/children.mjs';
import {
  adminUrl,
  createCluster,
  ensurePostgresBinaries,
  serverArguments,
  serverUser,
  spawnAs,
  type ServerUser,
} from '../../../tools/infra/postgres.mjs';
import { postgresReady, waitUntil } from '../../../tools/infra/probes.mjs';
import { reserveFreePort } from '../../../tools/infra/reservations.mjs';
import { run, runOrFail } from '../../../tools/infra/shell.mjs';

/** A PostgreSQL server of a test's own. */
export interface PrivatePostgres {
  /** Its address, as its administrator. */
  readonly url: string;
  /** Ends it as a loss of power does: no checkpoint, no word to anybody. */
  kill(): Promise<void>;
}

/** Up to where a copy is restored: a time with its zone, or a position in the log. */
export type RecoveryTarget = { readonly time: string } | { readonly lsn: string };

/** Servers of one cluster: the first one, and what was copied from it. */
export interface PrivatePostgresServers {
  readonly first: PrivatePostgres;
  /** Copies the server behind this address and starts the copy as its standby, which follows over the same address. */
  standby(url: string): Promise<PrivatePostgres>;
  /** A base backup of the server behind this address; returns its folder. */
  backup(url: string): Promise<string>;
  /** Starts a base backup with what the first server has archived since, up to there, and opens it for writes. */
  restore(backup: string, target: RecoveryTarget): Promise<PrivatePostgres>;
  /** Ends them all and removes their data. */
  stop(): Promise<void>;
}

/** Nobody pulls the plug of the machine here, and what a killed server wrote stays in the kernel's cache. */
const SETTINGS = {
  fsync: 'off',
  max_connections: '150',
  shared_buffers: '64MB',
  // What a killed server leaves behind goes with its folder.
  dynamic_shared_memory_type: 'mmap',
};

/**
 * Starts a PostgreSQL server of the test's own, whose log is archived as it is filled. Whatever becomes of the test, it
 * and its copies end with this process.
 */
export async function privatePostgres(): Promise<PrivatePostgresServers> {
  const binaries = await ensurePostgresBinaries(() => undefined);
  const owner = await serverUser(() => undefined);
  const folder = await mkdtemp(join(tmpdir(), 'nx-postgres-'));
  // PostgreSQL refuses to run as root; its user has to get to its own folders in here.
  await chmod(folder, 0o711);
  const ground = { binaries, owner, folder, supervisor: openSupervisor({ graceMs: 2_000 }) };
  const servers = new Servers(ground);
  try {
    await servers.begin();
    return servers;
  } catch (error) {
    await servers.stop();
    throw error;
  }
}

interface Ground {
  readonly binaries: string;
  readonly owner: ServerUser | null;
  readonly folder: string;
  readonly supervisor: Supervisor;
}

class Servers implements PrivatePostgresServers {
  private readonly started: Server[] = [];
  private readonly home: string;
  private readonly archive: string;
  private password = '';

  constructor(private readonly ground: Ground) {
    this.home = join(ground.folder, 'postgres');
    this.archive = join(this.home, 'archive');
  }

  get first(): PrivatePostgres {
    const [first] = this.started;
    if (first === undefined) throw new Error('no server was started');
    return first;
  }

  async begin(): Promise<void> {
    const { binaries, owner } = this.ground;
    const data = this.next();
    this.password = await createCluster(binaries, owner, this.home, data);
    await this.ownFolder(this.archive);
    const archiving = { archive_mode: 'on', archive_command: `cp %p ${this.archive}/%f` };
    await this.serve(data, archiving);
  }

  async standby(url: string): Promise<PrivatePostgres> {
    const data = await this.copy(url, ['--write-recovery-conf']);
    return this.serve(data, { hot_standby: 'on' });
  }

  backup(url: string): Promise<string> {
    return this.copy(url, []);
  }

  async restore(backup: string, target: RecoveryTarget): Promise<PrivatePostgres> {
    const signal = join(backup, 'recovery.signal');
    await writeFile(signal, '');
    await this.give(signal);
    const upTo = 'time' in target ? { recovery_target_time: target.time } : { recovery_target_lsn: target.lsn };
    return this.serve(backup, {
      restore_command: `cp ${this.archive}/%f %p`,
      ...upTo,
      recovery_target_action: 'promote',
    });
  }

  async stop(): Promise<void> {
    await Promise.all(this.started.map((server) => server.end()));
    await this.ground.supervisor.close();
    await rm(this.ground.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  private next(): string {
    return join(this.home, `data-${(copies += 1)}`);
  }

  private async copy(url: string, more: readonly string[]): Promise<string> {
    const { binaries, owner } = this.ground;
    const data = this.next();
    const how = ['--checkpoint=fast', '--wal-method=stream', '--no-sync', ...more];
    await runOrFail(join(binaries, 'pg_basebackup'), ['-d', url, '-D', data, ...how], spawnAs(owner, this.home));
    return data;
  }

  private async serve(data: string, settings: Readonly<Record<string, string>>): Promise<PrivatePostgres> {
    const { binaries, owner, supervisor } = this.ground;
    const port = await reserveFreePort();
    const args = serverArguments(binaries, data, port, { ...SETTINGS, ...settings });
    const command = { command: join(binaries, 'postgres'), args, ...spawnAs(owner, this.home) };
    const logFile = join(this.ground.folder, `${port}.log`);
    const server = new Server(adminUrl(this.password, port), data);
    this.started.push(server);
    server.child = await supervisor.start(String(port), { ...command, logFile });
    await waitUntil(`PostgreSQL on port ${port}`, () => postgresReady('127.0.0.1', port), {
      timeoutMs: 90_000,
      gone: () => (server.runs() ? null : `it ended at once: ${logFile}`),
    });
    return server;
  }

  private async ownFolder(path: string): Promise<void> {
    await mkdir(path, { mode: 0o700 });
    await this.give(path);
  }

  private async give(path: string): Promise<void> {
    const { owner } = this.ground;
    if (owner !== null) await chown(path, owner.uid, owner.gid);
  }
}

let copies = 0;

class Server implements PrivatePostgres {
  child: ChildHandle | undefined;

  constructor(
    readonly url: string,
    private readonly data: string,
  ) {}

  runs(): boolean {
    return this.child !== undefined && this.child.exitStatus === null;
  }

  async kill(): Promise<void> {
    if (!this.runs()) return;
    const segment = await this.sharedMemory();
    this.child?.signal('SIGKILL');
    await this.child?.exited;
    // It cannot give back what the kernel keeps for it.
    if (segment !== undefined) await run('ipcrm', ['-m', segment]);
  }

  /** SIGQUIT is PostgreSQL's immediate shutdown: sessions end at once, and nothing of it is left behind. */
  async end(): Promise<void> {
    if (!this.runs()) return;
    this.child?.signal('SIGQUIT');
    await this.child?.exited;
  }

  /** The number of its segment: the second of the two in the seventh line of its file. */
  private async sharedMemory(): Promise<string | undefined> {
    const text = await readFile(join(this.data, 'postmaster.pid'), 'utf8').catch(() => '');
    return text.split('\n')[6]?.trim().split(/\s+/)[1];
  }
}
