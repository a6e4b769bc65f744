import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { armFailPoints, disarmFailPoints, during, failPoint, failPointsOn, parseFailPoint, writtenBy } from './index';

const folder = mkdtempSync(join(tmpdir(), 'fail-points-'));

afterEach(() => {
  disarmFailPoints();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Arms these, and notes what is done at them. */
function arm(...texts: string[]): string[] {
  const done: string[] = [];
  armFailPoints({
    service: 'payment',
    armed: texts.map(parseFailPoint),
    act: (action, name) => done.push(`${action} ${name}`),
  });
  return done;
}

describe('fail points', () => {
  it('are named after the service, the step, the moment, what it is about, and the work that runs', async () => {
    const done = arm('payment.commit.before:ipn-receive:POST/ipn', 'payment.publish.after:payment.events=pause');
    failPoint('commit', 'before', 'ipn-receive');
    await during('POST/ipn', async () => {
      await Promise.resolve();
      failPoint('commit', 'after', 'ipn-receive');
      failPoint('commit', 'before', 'ipn-receive');
    });
    failPoint('publish', 'after', 'payment.events');
    expect(done).toEqual([
      'kill payment.commit.before:ipn-receive:POST/ipn',
      'pause payment.publish.after:payment.events',
    ]);
  });

  it('act at the passing that is asked for, once, and by a beginning for all that begin so', () => {
    const done = arm('payment.commit.after:a@2', 'payment.commit.*@3=pause');
    for (const what of ['a', 'b', 'a', 'a', 'c']) failPoint('commit', 'after', what);
    expect(done).toEqual(['kill payment.commit.after:a', 'pause payment.commit.after:a']);
  });

  it('do nothing while none is armed, and say so', () => {
    armFailPoints({ service: 'payment', armed: [] });
    expect(failPointsOn()).toBe(false);
    expect(during('x', () => 7)).toBe(7);
    failPoint('call', 'before', 'VNPAY');
  });

  it.each(['', ' a', '@2', 'a@0', 'a@x', 'a=stop', 'a@1@2', 'a=kill=kill'])('refuse to be written as "%s"', (text) => {
    expect(() => parseFailPoint(text)).toThrow('<name>[@n][=kill|pause]');
  });

  it('write down each name that was passed, once', () => {
    const recordFile = join(folder, 'passed');
    armFailPoints({ service: 'signal', armed: [], recordFile });
    for (const what of ['a', 'b', 'a']) failPoint('acknowledge', 'before', what);
    expect(readFileSync(recordFile, 'utf8')).toBe('signal.acknowledge.before:a\nsignal.acknowledge.before:b\n');
  });

  it('end the process with SIGKILL, and nothing after the point is done', async () => {
    const source = join(import.meta.dirname, 'index.ts');
    const program = join(folder, 'program.mts');
    const text = `import { armFailPoints, failPoint, parseFailPoint } from ${JSON.stringify(source)};
      armFailPoints({ service: 'x', armed: [parseFailPoint('x.call.before:y')] });
      process.on('exit', () => process.stdout.write('said goodbye'));
      failPoint('call', 'before', 'y');
      process.stdout.write('went on');`;
    writeFileSync(program, text);
    const child = spawn(process.execPath, ['--import', 'tsx', program], { cwd: import.meta.dirname });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const signal = await new Promise((resolve) => child.once('close', (_code, name) => resolve(name)));
    expect({ signal, output }).toEqual({ signal: 'SIGKILL', output: '' });
  });
});

describe('writtenBy', () => {
  it.each([
    ['WITH x AS (INSERT INTO "IpnInbox" (id) VALUES ($1)) SELECT 1', 'insert-IpnInbox'],
    ['UPDATE platform."NodeLease" SET a = 1', 'update-platform.NodeLease'],
    ['update "A" a set b = 1', 'update-A'],
    ['DELETE FROM "Outbox" WHERE true', 'delete-Outbox'],
    ['INSERT INTO "A" VALUES (1) ON CONFLICT (id) DO UPDATE SET a = 2', 'insert-A'],
    ['SELECT 1 FROM "A" FOR UPDATE', undefined],
    ['SELECT 1 FROM "A" a FOR UPDATE OF a SKIP LOCKED', undefined],
    ['SELECT 1 FROM "A" FOR UPDATE SKIP LOCKED', undefined],
    ['SELECT updated, inserted FROM deleted', undefined],
  ])('of %s', (sql, written) => {
    expect(writtenBy(sql)).toBe(written);
  });
});
