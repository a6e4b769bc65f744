import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { Sandbox } from '../sandbox';
import { buildServer } from '../server';
import { readSettings } from '../settings';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Harness {
  readonly sandbox: Sandbox;
  readonly app: FastifyInstance;
  call(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    url: string,
    payload?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  close(): Promise<void>;
}

/** A sandbox of its own, without servers unless `env` names them. */
export function openSandbox(env: Record<string, string> = {}): Harness {
  const sandbox = new Sandbox(readSettings({ SANDBOX_SEED: 'test', ...env }));
  const app = buildServer(sandbox);
  return {
    sandbox,
    app,
    async call(method, url, payload, headers = {}) {
      const given = payload === undefined ? {} : { payload: payload as string | object };
      const response = await app.inject({ method, url, headers, ...given });
      let body: unknown = {};
      try {
        body = JSON.parse(response.body);
      } catch {
        // Not JSON: `text` has it.
      }
      return {
        status: response.statusCode,
        headers: response.headers,
        text: response.body,
        body: body as Answer['body'],
      };
    },
    async close() {
      await sandbox.close();
      await app.close();
    },
  };
}

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

/** An HTTP server that keeps what it got and answers what `answer` says. */
export async function listen(
  answer: (request: Received, n: number) => { status: number; body: unknown } | undefined,
): Promise<{ url: string; received: Received[]; close(): Promise<void> }> {
  const received: Received[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const entry = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        text: Buffer.concat(chunks).toString(),
      };
      received.push(entry);
      const said = answer(entry, received.length);
      if (said === undefined) return void response.destroy();
      response.writeHead(said.status, { 'content-type': 'application/json' }).end(JSON.stringify(said.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** Waits for a condition, not for a time. */
export async function until<T>(
  what: string,
  find: () => T | undefined | Promise<T | undefined>,
  withinMs = 20_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`waited ${withinMs} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Addresses of the real servers: from the environment, else from what `npm run infra:start` has written. */
export function servers(): { kafkaBrokers: string; postgresAdminUrl: string } {
  const file = '.local/infra.json';
  const infra = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>) : {};
  const kafkaBrokers = process.env['TEST_KAFKA_BROKERS'] ?? infra['kafkaBrokers'];
  const postgresAdminUrl = process.env['TEST_POSTGRES_ADMIN_URL'] ?? infra['postgresAdminUrl'];
  if (kafkaBrokers === undefined || postgresAdminUrl === undefined) {
    throw new Error('no servers: run `npm run infra:start`, or set TEST_KAFKA_BROKERS and TEST_POSTGRES_ADMIN_URL');
  }
  return { kafkaBrokers, postgresAdminUrl };
}
