import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { openSupervisor, type ChildHandle } from '../children.mjs';
import { dropDatabase } from '../database.mjs';
import { baseEnvironment } from '../environment.mjs';
import { ensureInfra, type Infra } from '../infra/index.mjs';
import { LOCAL, ROOT } from '../infra/paths.mjs';
import { startSystem, type System, type SystemOptions } from '../system.mjs';

/** A system that exists for one measurement: a database, topics and queues of its own on the real servers. */
export interface BenchSystem {
  readonly infra: Infra;
  readonly system: System;
  /** Before the names of its topics, queues and database. */
  readonly prefix: string;
  /** The database under the superuser. */
  readonly adminUrl: string;
  /** Starts a script of the benchmarks beside it, by its path below their folder. It ends with the system. */
  startScript(
    script: string,
    args: readonly string[],
    variables?: Readonly<Record<string, string>>,
  ): Promise<ChildHandle>;
  close(): Promise<void>;
}

export async function startBenchSystem(
  { prefix = newPrefix(), ...options }: Pick<SystemOptions, 'processes' | 'overrides'> & { readonly prefix?: string },
  log: (line: string) => void,
): Promise<BenchSystem> {
  const infra = await ensureInfra({ log });
  const database = `nx_${prefix}`;
  const system = await startSystem({
    ...options,
    infra,
    database,
    topicPrefix: prefix,
    queuePrefix: prefix,
    sandbox: { seed: prefix },
    logFolder: join(LOCAL, 'bench'),
    log,
  });
  const supervisor = openSupervisor({ graceMs: 5_000 });
  const adminUrl = new URL(infra.postgresAdminUrl);
  adminUrl.pathname = `/${database}`;
  return {
    infra,
    system,
    prefix,
    adminUrl: adminUrl.toString(),
    startScript: async (script, args, variables = {}) => {
      const name = [script.replaceAll('/', '-'), ...args.slice(0, 1)].join('-').replaceAll(/[^\w.-]+/g, '');
      return supervisor.start(name, {
        command: process.execPath,
        args: [join(ROOT, 'tools', 'bench', script), ...args],
        env: { ...baseEnvironment(), ...variables },
        cwd: ROOT,
        logFile: join(LOCAL, 'bench', `${name}.log`),
      });
    },
    close: async () => {
      await supervisor.close();
      await system.stop();
      await dropDatabase(infra.postgresAdminUrl, database);
      await infra.stop();
    },
  };
}

/** For those who have to know it before the system is there. */
export const newPrefix = (): string => `bench${randomBytes(4).toString('hex')}`;

/** Resolves when somebody answers at the port of this machine, whatever the answer. */
export async function answering(port: number): Promise<void> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    try {
      await fetch(`http://127.0.0.1:${port}/`);
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
