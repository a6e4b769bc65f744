import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SERVICES } from '@nx/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { callService, problemSentence, type ServiceRequest } from './call-service';
import { requiredText, type Command, type CommandInput } from './command';
import { EXIT, runCommand } from './run-command';
import { serviceTarget } from './service-target';

interface Seen {
  readonly line: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const PROBLEM = {
  title: 'Unprocessable',
  detail: 'The reason is too short.',
  code: 'request.invalid',
  errors: [{ pointer: '/reason', detail: 'has 5 characters or more' }],
  requestId: 'r-1',
};

let server: Server;
let url: string;
let seen: Seen[] = [];
let reply: { readonly status: number; readonly text: string } = { status: 200, text: '{}' };

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      seen.push({ line: `${request.method} ${request.url}`, headers: request.headers, body });
      response.writeHead(reply.status, { location: '/elsewhere' }).end(reply.text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  seen = [];
  reply = { status: 200, text: '{"id":"f1"}' };
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const LIFT: ServiceRequest = { method: 'POST', path: '/operations/freezes/f1/lift', body: { reason: 'over' } };

const SET: Command = {
  name: 'thing set',
  usage: 'thing set --reason=<text>',
  about: 'sets a thing',
  options: { reason: { type: 'string' } },
  positionals: 0,
  service: 'changes',
  run: async ({ service }, input) => {
    const answer = await service({ method: 'POST', path: '/things', body: { reason: requiredText(input, 'reason') } });
    return { finding: answer.status === 202, json: { answer }, lines: [JSON.stringify(answer.body)] };
  },
};

const SHOW: Command = { ...SET, name: 'thing show', usage: 'thing show', service: 'reads' };

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** A command line, as the entry of an app runs it. */
const run = async (...args: string[]): Promise<Ended> => {
  const lines: Record<'out' | 'error', string[]> = { out: [], error: [] };
  const output = {
    out: (line: string) => void lines.out.push(line),
    error: (line: string) => void lines.error.push(line),
  };
  const open = (input: CommandInput) => ({
    get database(): never {
      throw new Error('a command that changes something opens no database');
    },
    now: 0,
    service: (request: ServiceRequest) => callService(serviceTarget(SERVICES.payment, input), request),
  });
  const code = await runCommand(args, output, { commands: [SET, SHOW], open });
  return { code, out: lines.out.join('\n'), error: lines.error.join('\n') };
};

describe('a call of a service', () => {
  it('goes to the internal twin of this machine without a token', async () => {
    const answer = await callService({ name: 'payment', url, basePath: '/v1/api/payment' }, LIFT);
    expect(answer).toEqual({ status: 200, body: { id: 'f1' }, dryRun: false });
    expect(seen).toMatchObject([
      { line: 'POST /internal/api/payment/operations/freezes/f1/lift', body: '{"reason":"over"}' },
    ]);
    expect(seen[0]?.headers['authorization']).toBeUndefined();
    expect(seen[0]?.headers['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('goes to the route of operators with a token', async () => {
    const target = { name: 'payment', url, basePath: '/v1/api/payment', token: 'jwt' };
    await callService(target, { ...LIFT, idempotencyKey: 'once' });
    await callService(target, { method: 'GET', path: '/operations/freezes', query: { limit: '5', cursor: undefined } });
    await callService(target, { ...LIFT, internalPath: '/internal/api/system/reload' });
    expect(seen.map(({ line }) => line)).toEqual([
      'POST /v1/api/payment/operations/freezes/f1/lift',
      'GET /v1/api/payment/operations/freezes?limit=5',
      'POST /internal/api/system/reload',
    ]);
    expect(seen[0]?.headers).toMatchObject({ authorization: 'Bearer jwt', 'idempotency-key': 'once' });
    expect(seen[1]?.headers['idempotency-key']).toBeUndefined();
  });

  it('refuses another machine without a token, before anything is sent', async () => {
    const call = callService({ name: 'payment', url: 'http://payment.example.vn', basePath: '/v1' }, LIFT);
    await expect(call).rejects.toThrow(/another machine.*--token-file/);
  });

  it('follows no redirect', async () => {
    reply = { status: 302, text: '' };
    await expect(callService({ name: 'payment', url, basePath: '/v1' }, LIFT)).rejects.toThrow(/did not answer/);
    expect(seen).toHaveLength(1);
  });

  it.each([
    [422, PROBLEM, 'The reason is too short. /reason: has 5 characters or more (request.invalid, 422, r-1)'],
    [404, { title: 'Not found' }, 'Not found (404)'],
    [500, null, 'The service gave no reason. (500)'],
  ])('says %i in one sentence', (status, body, sentence) => {
    expect(problemSentence(status, body)).toBe(sentence);
  });
});

describe('a command that changes something', () => {
  it('asks the service', async () => {
    expect(await run('thing', 'set', '--reason=x', `--url=${url}`)).toEqual({
      code: EXIT.ok,
      out: '{"id":"f1"}',
      error: '',
    });
  });

  it('takes its token from a file', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'nx-ops-')), 'token');
    writeFileSync(file, 'jwt-of-file\n');
    await run('thing', 'set', '--reason=x', `--url=${url}`, `--token-file=${file}`);
    expect(seen).toMatchObject([
      { line: 'POST /v1/api/payment/things', headers: { authorization: 'Bearer jwt-of-file' } },
    ]);
  });

  it('sends nothing with --dry-run', async () => {
    const ended = await run('thing', 'set', '--reason=x', `--url=${url}`, '--dry-run', '--json');
    expect(ended.code).toBe(EXIT.ok);
    expect(JSON.parse(ended.out)).toMatchObject({
      answer: {
        dryRun: true,
        body: { method: 'POST', url: `${url}/internal/api/payment/things`, body: { reason: 'x' } },
      },
    });
    expect(seen).toEqual([]);
  });

  it.each([
    [202, '{}', EXIT.finding, /^$/],
    [409, JSON.stringify(PROBLEM), EXIT.refused, /^The reason is too short/],
    [401, 'no json', EXIT.refused, /\(401\)$/],
    [503, JSON.stringify(PROBLEM), EXIT.failed, /503/],
  ])('an answer %i ends with its exit code', async (status, text, code, error) => {
    reply = { status, text };
    const ended = await run('thing', 'set', '--reason=x', `--url=${url}`);
    expect(ended.code).toBe(code);
    expect(ended.error).toMatch(error);
  });

  it('says that nobody answered, and that it may have been done', async () => {
    const ended = await run('thing', 'set', '--reason=x', '--url=http://127.0.0.1:1');
    expect(ended).toMatchObject({ code: EXIT.failed, out: '' });
    expect(ended.error).toMatch(/^payment at http:\/\/127\.0\.0\.1:1 did not answer .*before you repeat it$/);
  });

  it.each([
    [['thing', 'set'], '--reason is missing'],
    [['thing', 'set', '--reason=x', '--url=payment'], '--url is http'],
    [['thing', 'set', '--reason=x', '--token-file=/nowhere'], '--token-file /nowhere cannot be read (ENOENT)'],
    [['thing', 'show', '--dry-run'], "Unknown option '--dry-run'"],
  ])('%j is wrong usage', async (args, reason) => {
    const ended = await run(...args);
    expect(ended.code).toBe(EXIT.usage);
    expect(ended.error).toContain(reason);
    expect(ended.error).toContain(`usage: npm run ops -- ${args.slice(0, 2).join(' ')}`);
  });
});
