import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';

describe('the process', () => {
  it('says where it listens though Kafka and PostgreSQL are away, and ends on SIGTERM', async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'sandbox/main.ts'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        PATH: process.env['PATH'],
        SANDBOX_PORT: '0',
        SANDBOX_KAFKA_BROKERS: '127.0.0.1:1',
        SANDBOX_POSTGRES_URL: 'postgresql://nobody@127.0.0.1:1/none',
      },
    });
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const { url } = JSON.parse(line) as { url: string };
    const health = (await (await fetch(`${url}/healthz`)).json()) as object;
    expect(health).toMatchObject({
      status: 'ok',
      kafka: { configured: true, connected: false },
      postgres: { ready: false },
    });
    const made = await fetch(`${url}/commerce/merchants`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"organizerId":"o","name":"n"}',
    });
    expect(made.status).toBe(503);
    child.kill('SIGTERM');
    const [code] = (await once(child, 'exit')) as [number | null];
    expect(code).toBe(0);
  });
});
