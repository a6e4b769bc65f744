import { describe, expect, it } from 'vitest';
import type { ServiceAnswer, ServiceRequest } from './call-service';
import { problemSentence } from './call-service';
import { actionPath, changeCommand } from './change-command';
import { requiredText, UsageError, type CommandAnswer } from './command';
import { runCommand } from './run-command';
import { table } from './table';

const NOW = 1_000;
const LIFT = changeCommand({
  name: 'freeze lift',
  usage: 'freeze lift <freeze> --reason=<text>',
  about: 'lets go on what was stopped',
  texts: ['reason', 'approval'],
  positionals: 1,
  request: (input, now) => ({
    path: actionPath('freezes', input.positionals[0] ?? '', 'lift'),
    body: { reason: requiredText(input, 'reason'), now },
  }),
  answer: ({ status, body }) => ({ finding: status === 202, json: { body }, lines: ['done'] }),
});

/** Runs the command against a service that gives this answer, and what the service was asked. */
const run = async (given: ServiceAnswer, reason = 'over'): Promise<[CommandAnswer, ServiceRequest[]]> => {
  const asked: ServiceRequest[] = [];
  const answer = await LIFT.run(
    {
      get database(): never {
        throw new Error('no table is read');
      },
      now: NOW,
      service: (request) => {
        asked.push(request);
        return Promise.resolve(given);
      },
    },
    { positionals: ['f/1'], values: { reason } },
  );
  return [answer, asked];
};

describe('a command that changes something', () => {
  it('declares its options as texts, and that it changes', () => {
    expect(LIFT).toMatchObject({
      options: { reason: { type: 'string' }, approval: { type: 'string' } },
      positionals: 1,
      service: 'changes',
    });
  });

  it('asks the service once by POST and tells its answer', async () => {
    const [answer, asked] = await run({ status: 202, body: { id: 'f1' }, dryRun: false });
    expect(asked).toEqual([
      { method: 'POST', path: '/operations/freezes/f%2F1/lift', body: { reason: 'over', now: NOW } },
    ]);
    expect(answer).toEqual({ finding: true, json: { body: { id: 'f1' } }, lines: ['done'] });
  });

  it('says what would be sent when nothing was', async () => {
    const [answer] = await run({ status: 0, body: { method: 'POST' }, dryRun: true });
    const lines = ['nothing was sent', '{"method":"POST"}'];
    expect(answer).toEqual({ finding: false, json: { wouldSend: { method: 'POST' } }, lines });
  });

  it('asks nothing when an option is missing', async () => {
    await expect(run({ status: 200, body: {}, dryRun: false }, '')).rejects.toThrow(UsageError);
  });
});

describe('a table', () => {
  it('is as wide as its widest cell, numbers at the right', () => {
    expect(
      table(
        ['item', 'amount'],
        [
          ['a', '5'],
          ['longer', '100000'],
        ],
        new Set([1]),
      ),
    ).toEqual(['item    amount', '------  ------', 'a            5', 'longer  100000']);
    expect(table(['amount'], [['5']], new Set([0]))).toEqual(['amount', '------', '     5']);
  });
});

describe('what is told', () => {
  it('for machines writes an amount as text', async () => {
    const lines: string[] = [];
    const run = (): Promise<CommandAnswer> => Promise.resolve({ finding: false, json: { amount: 5n }, lines: [] });
    const output = { out: (line: string) => void lines.push(line), error: (line: string) => void lines.push(line) };
    const open = () => ({ now: NOW, service: () => Promise.reject(new Error('not called')) }) as never;
    await runCommand(['freeze', 'lift', 'f1', '--json'], output, { commands: [{ ...LIFT, run }], open });
    expect(JSON.parse(lines.join(''))).toEqual({ amount: '5' });
  });

  it('of a problem leaves out what names no member', () => {
    const errors = [{}, { pointer: '/reason', detail: 'is missing' }];
    expect(problemSentence(422, { detail: 'No.', errors })).toBe('No. /reason: is missing (422)');
  });
});
