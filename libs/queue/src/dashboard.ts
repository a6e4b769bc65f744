import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import type { IServerAdapter } from '@bull-board/api/typings/app';
import { FastifyAdapter } from '@bull-board/fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { JOB_QUEUE, type JobQueue } from './job-queue';

export interface DashboardOptions {
  /** No retry, promote or delete. */
  readonly readOnly?: boolean;
  /** Default: the application's `JOB_QUEUE`. */
  readonly queues?: DashboardQueues;
}

type Scope = Pick<FastifyInstance, 'register'>;

/** Instance of Fastify, or a Nest application on Fastify. */
export type DashboardHost = Scope | DashboardApplication;

interface DashboardApplication {
  getHttpAdapter(): { getInstance(): unknown };
  get(token: symbol, options: { strict: boolean }): unknown;
}

/** What the dashboard needs of a `JobQueue` of any table. */
export type DashboardQueues = Pick<JobQueue, 'isReady' | 'names' | 'queue'>;

const problem = (status: number, title: string): object => ({ type: 'about:blank', title, status });

function queuesOfApplication(host: DashboardHost): DashboardQueues {
  if ('get' in host && 'getHttpAdapter' in host) return host.get(JOB_QUEUE, { strict: false }) as DashboardQueues;
  throw new Error('a dashboard on a bare server needs its queues');
}

/**
 * Mounts the dashboard of all queues. Global guards of Nest do not cover it: every request, assets included, goes
 * through `authorize`; false is 403, a throw is left to the error handler of the server. 503 while Redis is away.
 * To be called before the server is ready.
 */
export async function mountDashboard(
  host: DashboardHost,
  path: string,
  authorize: (request: FastifyRequest) => Promise<boolean>,
  options: DashboardOptions = {},
): Promise<void> {
  const jobs = options.queues ?? queuesOfApplication(host);
  const server = 'getHttpAdapter' in host ? (host.getHttpAdapter().getInstance() as Scope) : host;
  const adapter = new FastifyAdapter();
  adapter.setBasePath(path);
  // The adapter's package brings a copy of the types of its own, which private members make another type.
  const serverAdapter = adapter as unknown as IServerAdapter;
  const board = createBullBoard({
    queues: [],
    serverAdapter,
    options: { uiConfig: { boardTitle: 'Queues' } },
  });
  await server.register(async (scope) => {
    scope.addHook('onRequest', async (request, reply) => {
      if (!(await authorize(request))) {
        return reply.status(403).type('application/problem+json').send(problem(403, 'Forbidden'));
      }
      if (!jobs.isReady()) {
        return reply.status(503).type('application/problem+json').send(problem(503, 'Redis is away'));
      }
      // Queues are made anew when their first connection broke, so the board takes them as they are now.
      const queues = jobs.names().map((name) => jobs.queue(name));
      board.replaceQueues(queues.map((queue) => new BullMQAdapter(queue, { readOnlyMode: options.readOnly ?? false })));
      return undefined;
    });
    await scope.register(adapter.registerPlugin(), { prefix: path });
  });
}
