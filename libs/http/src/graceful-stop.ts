import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { HealthRegistry } from '@nx/observability';

/**
 * Counts the requests under way. Connections would be the wrong thing to wait for: a socket that was upgraded stays
 * open until its owner closes it, which happens later in a stop.
 */
export class RunningRequests {
  private count = 0;
  private waiting: (() => void)[] = [];

  constructor(private readonly server: Server) {
    server.on('request', (_request: IncomingMessage, response: ServerResponse) => {
      this.count += 1;
      response.once('close', () => {
        this.count -= 1;
        if (this.count === 0) for (const resolve of this.waiting.splice(0)) resolve();
      });
    });
  }

  /** Takes no further connection and resolves when the last request is answered. */
  async drain(): Promise<void> {
    if (this.server.listening) this.server.close();
    this.server.closeIdleConnections();
    if (this.count > 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }
}

/** A transport of `connectMicroservice`; the class of Nest has this method, its interface does not. */
interface HasTransport {
  getTransportServer(): { close(): unknown };
}

/**
 * Order of a stop: not ready, no new requests nor records, finish what runs, then the modules release what they
 * hold (leases, offsets, connections). Transports are closed a second time by the application, which is harmless.
 */
export async function stopGracefully(
  app: NestFastifyApplication,
  health: HealthRegistry,
  requests: RunningRequests,
  metrics: Server,
): Promise<void> {
  health.setStopping();
  const transports = app.getMicroservices().map((microservice) => microservice as unknown as HasTransport);
  await Promise.all([requests.drain(), ...transports.map(async (each) => await each.getTransportServer().close())]);
  await app.close();
  metrics.closeAllConnections();
  await new Promise<void>((resolve) => metrics.close(() => resolve()));
}
