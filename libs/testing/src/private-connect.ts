import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processEnvironment } from '@nx/config';
import { CONNECT_FILES, ensureConnect } from '../../../tools/infra/connect.mjs';
import { reserveFreePort } from '../../../tools/infra/reservations.mjs';
import { eventually } from './eventually';

export interface PrivateConnectOptions {
  readonly brokers: readonly string[];
  /** Names the worker's group and its topics. */
  readonly prefix: string;
  /** What the connector's template reads from the worker's environment. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A worker of Kafka Connect with the connector of commerce's merchant table; offsets are stored when that stops, never before. */
export interface PrivateConnect {
  /** Starts the worker, hands the connector in and waits until it runs. */
  start(): Promise<void>;
  /** Stops the connector as an administrator does, and the worker goes on: the offsets are stored. */
  stopConnector(): Promise<void>;
  resumeConnector(): Promise<void>;
  /** Ends the worker at once: what the connector sent since it was last stopped is not noted anywhere. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

interface Template {
  readonly name: string;
  readonly config: object;
}

interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

interface PartState {
  readonly state: string;
  readonly trace?: string;
}

interface State {
  readonly connector: PartState;
  readonly tasks: readonly PartState[];
}

const START_MS = 120_000;
const NEVER_MS = String(24 * 60 * 60 * 1_000);

export async function privateConnect(options: PrivateConnectOptions): Promise<PrivateConnect> {
  const programs = await ensureConnect((line) => void process.stdout.write(`${line}\n`));
  const folder = await mkdtemp(join(tmpdir(), 'nx-connect-'));
  await symlink(programs.pluginPath, join(folder, 'plugins'));
  const url = `http://127.0.0.1:${await reserveFreePort()}`;
  const environment = {
    ...options.environment,
    PATH: processEnvironment()['PATH'],
    CONNECT_BOOTSTRAP_SERVERS: options.brokers.join(','),
    CONNECT_GROUP_ID: `${options.prefix}-connect`,
    CONNECT_LISTENERS: url,
    CONNECT_OFFSET_FLUSH_MS: NEVER_MS,
  };
  const command = { program: programs.java, args: [...programs.args, CONNECT_FILES.worker], environment };
  return new ConnectWorker(command, folder, url);
}

class ConnectWorker implements PrivateConnect {
  private readonly template = JSON.parse(readFileSync(CONNECT_FILES.connector, 'utf8')) as Template;
  private readonly connector: string;
  private child: ChildProcess | undefined;
  private readonly killNow = (): void => void this.child?.kill('SIGKILL');

  constructor(
    private readonly command: Command,
    private readonly folder: string,
    url: string,
  ) {
    this.connector = `${url}/connectors/${this.template.name}`;
    process.once('exit', this.killNow);
  }

  async start(): Promise<void> {
    const log = openSync(this.logFile, 'a', 0o600);
    const { program, args, environment: env } = this.command;
    this.child = spawn(program, args, { cwd: this.folder, env, stdio: ['ignore', log, log] });
    closeSync(log);
    await this.untilItRuns();
  }

  async stopConnector(): Promise<void> {
    await request('PUT', `${this.connector}/stop`);
    await eventually(async () => {
      const { connector, tasks } = JSON.parse((await request('GET', `${this.connector}/status`)).text) as State;
      return connector.state === 'STOPPED' && tasks.length === 0;
    });
  }

  async resumeConnector(): Promise<void> {
    await request('PUT', `${this.connector}/resume`);
    await this.untilItRuns();
  }

  async kill(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (child === undefined || hasEnded(child)) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  async close(): Promise<void> {
    await this.kill();
    process.off('exit', this.killNow);
    await rm(this.folder, { recursive: true, force: true });
  }

  private get logFile(): string {
    return join(this.folder, 'connect.log');
  }

  private async untilItRuns(): Promise<void> {
    const became = await eventually(() => this.whatBecame(), { timeoutMs: START_MS, everyMs: 100 }).catch(
      (error: unknown) => error,
    );
    if (became === 'runs') return;
    const tail = readFileSync(this.logFile, 'utf8').trimEnd().split('\n').slice(-40).join('\n');
    throw new Error(`the connector does not run\n${tail}`, { cause: became });
  }

  /** Undefined while it is on its way; an error says why it will never run. */
  private async whatBecame(): Promise<'runs' | Error | undefined> {
    if (this.child === undefined || hasEnded(this.child)) return new Error('the worker has ended');
    const status = await request('GET', `${this.connector}/status`);
    if (status.code !== 200) {
      // It answers "rebalancing" until it has found its place in the group.
      const { code, text } = await request('PUT', `${this.connector}/config`, this.template.config);
      return code === 400 ? new Error(`the connector is refused: ${text}`) : undefined;
    }
    const { connector, tasks } = JSON.parse(status.text) as State;
    const failed = [connector, ...tasks].find(({ state }) => state === 'FAILED');
    if (failed !== undefined) return new Error(`the connector failed: ${failed.trace ?? ''}`);
    return connector.state === 'RUNNING' && tasks[0]?.state === 'RUNNING' ? 'runs' : undefined;
  }
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;

async function request(method: string, url: string, body?: object): Promise<{ code: number; text: string }> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    signal: AbortSignal.timeout(30_000),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { code: response.status, text: await response.text() };
}
