import { Global, Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { PlatformConfig } from '@nx/config';
import {
  currentContext,
  HealthRegistry,
  Logger,
  Metrics,
  ObservabilityModule,
  runWithContext,
  type RequestContext,
} from '@nx/observability';
import { eventually, reserveFreePort, privateRedis, testInfra, uniquePrefix } from '@nx/testing';
import Fastify from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { mountDashboard } from './dashboard';
import { JobHandler, UnrecoverableJobError, type JobContext } from './job-handler.decorator';
import { JOB_QUEUE, type JobQueue } from './job-queue';
import { defineJobs, partitionedQueues } from './job-table';
import { QueueModule, type QueueModuleOptions } from './queue.module';

interface Jobs {
  greet: { name: string };
  part: { order: string };
}
const PARTS = partitionedQueues('@nx/test/queue/part', 3);
const JOBS = defineJobs<Jobs>()({
  greet: { queue: '@nx/test/queue/greet', attempts: 3, backoffMs: 20 },
  part: { queue: PARTS, attempts: 1 },
});

interface Seen {
  name: string;
  job: JobContext;
  context: RequestContext | undefined;
}

function handlerClass(greet: (data: Jobs['greet'], job: JobContext) => Promise<void>, seen: Seen[]) {
  class Handlers {
    @JobHandler('greet')
    async onGreet(data: Jobs['greet'], job: JobContext): Promise<void> {
      seen.push({ name: data.name, job, context: currentContext() });
      await greet(data, job);
    }

    @JobHandler('part')
    async onPart(data: Jobs['part'], job: JobContext): Promise<void> {
      seen.push({ name: data.order, job, context: undefined });
    }
  }
  return Handlers;
}

class SecondGreet {
  @JobHandler('greet')
  async again(): Promise<void> {
    await Promise.resolve();
  }
}

class Unknown {
  @JobHandler('nobody knows')
  async unknown(): Promise<void> {
    await Promise.resolve();
  }
}

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(
  url: string,
  providers: (new () => object)[],
  options: Partial<QueueModuleOptions> = {},
): Promise<{ app: INestApplicationContext; jobs: JobQueue<Jobs>; health: HealthRegistry; metrics: Metrics }> {
  const redis = { mode: 'single', url, nodes: [] };
  @Global()
  @Module({
    providers: [{ provide: PlatformConfig, useValue: { redis, queue: { prefix: '', lockMs: 30_000 } } }],
    exports: [PlatformConfig],
  })
  class Config {}
  const queue = QueueModule.forRoot({ jobs: JOBS, concurrency: {}, process: true, prefix: uniquePrefix(), ...options });
  const logger = Logger.create({ service: 'test', mode: 'test', level: 'silent' });
  const observability = ObservabilityModule.forRoot({
    service: 'test',
    mode: 'full',
    config: { logLevel: 'error' },
    logger,
  });
  @Module({ imports: [Config, observability, queue], providers })
  class App {}
  const app = await NestFactory.createApplicationContext(App, { logger: false, abortOnError: false });
  closers.push(() => app.close());
  return { app, jobs: app.get(JOB_QUEUE), health: app.get(HealthRegistry), metrics: app.get(Metrics) };
}

describe('QueueModule', () => {
  it('runs a job once under its request, retries with the tries counted, and keeps what failed for good', async () => {
    const seen: Seen[] = [];
    const greet = async ({ name }: Jobs['greet'], job: JobContext): Promise<void> => {
      if (name === 'second' && job.attempt < 2) throw new Error('once more');
      if (name === 'never') throw new Error('no');
      if (name === 'useless') throw new UnrecoverableJobError('no');
    };
    const { jobs, health, metrics } = await start((await testInfra()).redisUrl, [handlerClass(greet, seen)]);
    await eventually(async () => (await health.ready()).ok);
    const context = { requestId: 'r-1', traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` };
    expect(await runWithContext(context, () => jobs.add('greet', { name: 'first' }, { jobId: 'greet-1' }))).toBe(true);
    await eventually(() => seen.length === 1);
    expect(seen[0]).toMatchObject({ name: 'first', context, job: { id: 'greet-1', attempt: 1, attempts: 3 } });
    for (const name of ['second', 'never', 'useless']) await jobs.add('greet', { name }, { jobId: `greet-${name}` });
    const tries = (name: string): boolean[] =>
      seen.filter((entry) => entry.name === name).map(({ job }) => job.isLastAttempt);
    await eventually(async () => (await jobs.counts())['@nx/test/queue/greet']?.['failed'] === 2);
    expect([tries('second'), tries('never'), tries('useless')]).toEqual([
      [false, false],
      [false, false, true],
      [false],
    ]);
    const text = await metrics.render();
    expect(text).toMatch(/bullmq_jobs\{queue="@nx\/test\/queue\/greet",state="failed".*\} 2/);
    expect(text).toMatch(/bullmq_job_duration_seconds_count\{.*job="greet",outcome="failed".*\} 5/);
    // The same id after the failure: the nudge is not swallowed.
    expect(await jobs.add('greet', { name: 'first' }, { jobId: 'greet-never' })).toBe(true);
    await eventually(() => seen.filter(({ name }) => name === 'first').length === 2);
    expect((await health.deep()).indicators.find(({ name }) => name === 'queues')?.detail).toContain('failed 1');
  });

  it('takes no new job as soon as a stop begins, lets the running one end, and leaves the rest to others', async () => {
    const seen: Seen[] = [];
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const prefix = uniquePrefix();
    const url = (await testInfra()).redisUrl;
    const { app, jobs, health } = await start(url, [handlerClass(() => held, seen)], { prefix });
    await eventually(() => jobs.isReady());
    await jobs.add('greet', { name: 'first' }, { jobId: 'stop-1' });
    await eventually(() => seen.length === 1);
    health.setStopping();
    await jobs.add('greet', { name: 'second' }, { jobId: 'stop-2' });
    release();
    // The first is done, and the worker would have taken the next one with the same answer.
    await eventually(async () => (await jobs.counts())['@nx/test/queue/greet']?.['active'] === 0);
    await app.close();
    expect(seen.map(({ name }) => name)).toEqual(['first']);
    const { jobs: later } = await start(url, [handlerClass(async () => undefined, seen)], { prefix });
    await eventually(() => seen.length === 2);
    expect(seen[1]).toMatchObject({ name: 'second', job: { attempt: 1 } });
    await eventually(async () => (await later.counts())['@nx/test/queue/greet']?.['active'] === 0);
  });

  it('makes a waiting job unique by its id, delays, removes, and partitions by key', async () => {
    const seen: Seen[] = [];
    const { jobs } = await start((await testInfra()).redisUrl, [handlerClass(async () => undefined, seen)]);
    await eventually(() => jobs.isReady());
    const late = { jobId: 'greet-late', delayMs: 60_000 };
    expect(await jobs.add('greet', { name: 'late' }, late)).toBe(true);
    expect(await jobs.add('greet', { name: 'late' }, late)).toBe(true);
    expect((await jobs.counts())['@nx/test/queue/greet']?.['delayed']).toBe(1);
    expect(await jobs.remove('greet', 'greet-late')).toBe(true);
    expect(await jobs.remove('greet', 'greet-late')).toBe(false);
    await jobs.add('part', { order: 'hello' }, { partitionKey: 'hello' });
    await eventually(() => seen.length === 1);
    // 99162322 mod 3 = 1: the second queue.
    expect(seen[0]?.job.queue).toBe(PARTS[1]);
    await expect(jobs.add('part', { order: 'hello' })).rejects.toThrow(TypeError);
    await expect(jobs.add('greet', { name: 'x' }, { jobId: '12' })).rejects.toThrow(TypeError);
  });

  it.each([
    ['without a handler', [SecondGreet], /job "part" has no handler/],
    ['with two handlers', [handlerClass(async () => undefined, []), SecondGreet], /second handler SecondGreet.again/],
    ['with an unknown one', [handlerClass(async () => undefined, []), Unknown], /nobody knows.*not in the job table/],
  ])('does not start %s', async (_what, providers, message) => {
    const { redisUrl } = await testInfra();
    await expect(start(redisUrl, providers)).rejects.toThrow(message);
  });

  it('needs no handlers where no jobs run', async () => {
    const { jobs, health } = await start((await testInfra()).redisUrl, [], { process: false });
    await eventually(async () => (await health.ready()).ok);
    await jobs.add('greet', { name: 'waits' });
    expect((await jobs.counts())['@nx/test/queue/greet']?.['waiting']).toBe(1);
  });

  it('starts with Redis away, refuses at once, and is back by itself', async () => {
    const port = await reserveFreePort();
    const seen: Seen[] = [];
    const { jobs, health } = await start(`redis://127.0.0.1:${port}`, [handlerClass(async () => undefined, seen)]);
    const startedMs = performance.now();
    expect(await jobs.add('greet', { name: 'lost' }, { jobId: 'greet-lost' })).toBe(false);
    expect(await jobs.remove('greet', 'greet-lost')).toBe(false);
    expect(performance.now() - startedMs).toBeLessThan(100);
    expect((await health.ready()).ok).toBe(false);
    const first = await privateRedis({ port });
    await eventually(() => jobs.add('greet', { name: 'one' }));
    await eventually(() => seen.length === 1);
    await first.stop();
    await eventually(async () => !(await jobs.add('greet', { name: 'lost' })));
    const second = await privateRedis({ port });
    closers.unshift(() => second.stop());
    await eventually(() => jobs.add('greet', { name: 'two' }));
    await eventually(() => seen.some(({ name }) => name === 'two'));
    await eventually(async () => (await health.ready()).ok);
  });
});

describe('mountDashboard', () => {
  it('shows the queues to those who may see them, assets included', async () => {
    const { jobs } = await start((await testInfra()).redisUrl, [], { process: false });
    await eventually(() => jobs.isReady());
    await jobs.add('greet', { name: 'waits' });
    const server = Fastify();
    closers.push(() => server.close());
    await mountDashboard(server, '/internal/api/queues', async (request) => request.headers['x-may'] === 'yes', {
      queues: jobs,
    });
    const get = (url: string, may: string) =>
      server.inject({ url: `/internal/api/queues${url}`, headers: { 'x-may': may } });
    for (const url of ['', '/api/queues', '/static/images/logo.svg'])
      expect((await get(url, 'no')).statusCode).toBe(403);
    const page = await get('', 'yes');
    expect([page.statusCode, page.headers['content-type']]).toEqual([200, expect.stringContaining('text/html')]);
    expect((await get('/static/images/logo.svg', 'yes')).statusCode).toBe(200);
    const list = await get('/api/queues?activeQueue=%40nx%2Ftest%2Fqueue%2Fgreet&page=1&jobsPerPage=10', 'yes');
    const { queues } = list.json<{ queues: { name: string; counts: Record<string, number> }[] }>();
    expect(queues).toHaveLength(4);
    expect(queues.find(({ name }) => name === '@nx/test/queue/greet')?.counts['waiting']).toBe(1);
  });
});
