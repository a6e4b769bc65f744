import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { repositoryRoot } from '@nx/testing';
import type { CopyReport, CopyState, ToCopies, FromCopies } from './inbox-copies.messages.fixture';

/** Which of the clients a user has, and how they reach the instances. */
export interface CopiesPlan {
  readonly streams: readonly string[];
  readonly count: number;
  readonly userOf: (index: number) => string;
  readonly tokenOf: (index: number) => string;
  readonly dialectOf: (index: number) => 'websocket' | 'socket.io';
}

/**
 * Copies of inboxes in processes of their own: one process that agrees on keys for thousands of clients keeps all of
 * them waiting for seconds, as no fleet of devices does, and it is then the test that is slow and not the service.
 */
export class InboxCopies {
  private constructor(private readonly children: readonly ChildProcess[]) {}

  /** Resolves when every client was connected once. */
  static async start(plan: CopiesPlan, processes: number): Promise<InboxCopies> {
    const program = join(repositoryRoot(), 'apps', 'signal', 'src', 'inbox-copies.process.fixture.ts');
    const children = Array.from({ length: processes }, () =>
      fork(program, { cwd: repositoryRoot(), execArgv: ['--import', 'tsx'], serialization: 'advanced' }),
    );
    const copies = new InboxCopies(children);
    const indexes = Array.from({ length: plan.count }, (_copy, index) => index);
    const started = children.map((child, at) => {
      const clients = indexes
        .filter((index) => index % processes === at)
        .map((index) => ({
          userId: plan.userOf(index),
          token: plan.tokenOf(index),
          turn: index,
          dialect: plan.dialectOf(index),
        }));
      return copies.ask(child, { kind: 'start', streams: plan.streams, clients }, 'started');
    });
    try {
      await Promise.all(started);
    } catch (error) {
      copies.kill();
      throw error;
    }
    return copies;
  }

  /** How many clients are connected to each address, and why the others are not. */
  async state(): Promise<CopyState> {
    const answers = await Promise.all(this.children.map((child) => this.ask(child, { kind: 'state' }, 'state')));
    const connected: number[] = [];
    const failures: Record<string, number> = {};
    for (const answer of answers) {
      if (answer.kind !== 'state') continue;
      for (const [turn, count] of answer.state.connected.entries()) connected[turn] = (connected[turn] ?? 0) + count;
      for (const [why, count] of Object.entries(answer.state.failures)) failures[why] = (failures[why] ?? 0) + count;
    }
    return { connected, failures };
  }

  /** What each client knows. */
  async report(): Promise<CopyReport[]> {
    const answers = await Promise.all(this.children.map((child) => this.ask(child, { kind: 'report' }, 'report')));
    return answers.flatMap((answer) => (answer.kind === 'report' ? answer.copies : []));
  }

  async stop(): Promise<void> {
    await Promise.all(this.children.map((child) => this.ask(child, { kind: 'stop' }, 'stopped')));
    this.kill();
  }

  /** For a test that has failed: nobody else would end them. */
  kill(): void {
    for (const child of this.children) child.kill('SIGKILL');
  }

  private ask(child: ChildProcess, order: ToCopies, answer: FromCopies['kind']): Promise<FromCopies> {
    return new Promise((resolve, reject) => {
      const ended = (): void => reject(new Error(`the clients ended before they said ${answer}`));
      const hear = (message: FromCopies): void => {
        if (message.kind === 'failed') reject(new Error(message.reason));
        else if (message.kind !== answer) return;
        child.off('message', hear);
        child.off('exit', ended);
        resolve(message);
      };
      child.on('message', hear);
      child.once('exit', ended);
      child.send(order);
    });
  }
}
