import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { isPortFree } from '../infra/ports.mjs';
import { findProblems, readComposeFile } from './checks.mjs';
import { composeEndpoints } from './endpoints.mjs';
import { makeComposeSecrets, writeComposeSecrets } from './secrets.mjs';
import { interpolate, parseVariables } from './variables.mjs';

const text = readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8');
const ask = { isPortFree: () => Promise.resolve(true), imageProblem: () => Promise.resolve<string | null>(null) };

describe('what would stop a start', () => {
  it('asks for an image of every service and for those that ours are built from, and takes nothing else for one', () => {
    const { images } = readComposeFile(text, makeComposeSecrets());
    const bases = images.filter(({ service }) => service === 'our images').map(({ variable }) => variable);
    expect(bases).toEqual(['NX_NODE_IMAGE', 'NX_RUNTIME_IMAGE']);
    for (const { image, variable } of images)
      expect([image, variable]).toEqual([expect.stringMatching(/:/), expect.stringMatching(/_IMAGE$/)]);
  });

  it('is nothing with the secrets for a first try', async () => {
    expect(await findProblems(readComposeFile(text, makeComposeSecrets()), ask)).toEqual([]);
  });

  it('is a missing secret: it is named, with the command that makes it', async () => {
    const { NX_PAYMENT_KEYS: _, ...env } = makeComposeSecrets();
    expect(await findProblems(readComposeFile(text, env), ask)).toEqual([
      'The secret NX_PAYMENT_KEYS is missing. Make what is missing with: npm run compose -- secrets',
    ]);
    const none = await findProblems(readComposeFile(text, {}), ask);
    expect(none).toHaveLength(1);
    for (const name of Object.keys(makeComposeSecrets())) expect(none[0]).toContain(name);
  });

  it('is a port in use: with the service that wants it and the variable that gives another', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const env = { ...makeComposeSecrets(), NX_PROMETHEUS_PORT: String(port) };
      const asked = readComposeFile(text, env, ['prometheus']);
      expect(await findProblems(asked, { ...ask, isPortFree })).toEqual([
        `Port ${port} for prometheus is in use. Give another one: NX_PROMETHEUS_PORT=<port>.`,
      ]);
    } finally {
      server.close();
    }
  });

  it('is a port that two services want, or none', async () => {
    const env = { ...makeComposeSecrets(), NX_PROMETHEUS_PORT: '8080', NX_KAFKA_PORT: 'nine' };
    expect(await findProblems(readComposeFile(text, env), ask)).toEqual([
      'NX_KAFKA_PORT is not a port. Give a number from 1 to 65535.',
      'Port 8080 is asked for by traefik and prometheus. Give another one: NX_PROMETHEUS_PORT=<port>.',
    ]);
  });

  it('is an image that no registry gives, asked once; ours are built', async () => {
    const asked: string[] = [];
    const env = { ...makeComposeSecrets(), NX_TRAEFIK_IMAGE: 'nowhere/traefik:0' };
    const problems = await findProblems(readComposeFile(text, env), {
      ...ask,
      imageProblem: (image) => (asked.push(image), Promise.resolve(image.startsWith('nowhere') ? 'not found' : null)),
    });
    expect(problems).toEqual([
      'The image nowhere/traefik:0 of traefik cannot be had (not found). Give one that you can reach: NX_TRAEFIK_IMAGE=<image>.',
    ]);
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked.filter((image) => image.startsWith('nx-seller'))).toEqual([]);
    expect(asked).toContain('node:24-bookworm-slim');
  });
});

describe('addresses of a composed system', () => {
  it('are those of Traefik, or of the services where it is left out', () => {
    const env = { NX_HTTP_PORT: '81', NX_SIGNAL_PORT: '', NX_POSTGRES_PASSWORD: 'p' };
    expect(composeEndpoints(env, ['traefik'])).toMatchObject({
      payment: 'http://127.0.0.1:81',
      signal: 'http://127.0.0.1:81',
      sandbox: 'http://127.0.0.1:31900',
      inside: { payment: 'http://traefik/v1/api/payment' },
    });
    expect(composeEndpoints(env, [])).toMatchObject({
      payment: 'http://127.0.0.1:31040',
      signal: 'http://127.0.0.1:31090',
      inside: { payment: 'http://payment-api:3000/v1/api/payment' },
    });
  });
});

describe('variables of compose', () => {
  it('are put in as compose does', () => {
    expect(interpolate('${A:-b}:${C} $$1 ${D:?why}', { C: 'c', D: 'd' })).toBe('b:c $1 d');
    expect(parseVariables('# x\nA=1\n export B = "two words" \n\nC=a=b\n')).toEqual({
      A: '1',
      B: 'two words',
      C: 'a=b',
    });
  });
});

describe('secrets for a first try', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nx-compose-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('are added once, for their owner alone, and what is there stays', () => {
    const file = join(folder, '.env');
    writeFileSync(file, 'NX_HTTP_PORT=81\nNX_GRAFANA_PASSWORD=mine', { mode: 0o600 });
    const added = writeComposeSecrets(file);
    expect(added).toEqual(Object.keys(makeComposeSecrets()).filter((name) => name !== 'NX_GRAFANA_PASSWORD'));
    const first = readFileSync(file, 'utf8');
    expect(parseVariables(first)).toMatchObject({ NX_HTTP_PORT: '81', NX_GRAFANA_PASSWORD: 'mine' });
    expect(statSync(file).mode & 0o077).toBe(0);
    expect(writeComposeSecrets(file)).toEqual([]);
    expect(readFileSync(file, 'utf8')).toBe(first);
  });
});
