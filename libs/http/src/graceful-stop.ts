import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { HealthRegistry } from '@nx/observability';

/**
 * Counts the requests under way. Connections would be the wrong thing to wait for: a socket that was upgraded stays
 * open until its owner closes it, which happens later in a stop.
 */
export class RunningRequests {
  private readonly running = new Set<ServerResponse>();
  private waiting: (() => void)[] = [];
  private draining = false;

  constructor(private readonly server: Server) {
    // Before the application's own listener, which may answer at once.
    server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) => {
      this.running.add(response);
      if (this.draining) lastOfItsConnection(response);
      response.once('close', () => {
        this.running.delete(response);
        if (this.running.size === 0) for (const resolve of this.waiting.splice(0)) resolve();
      });
    });
  }

  /**
   * Takes no further connection and resolves when the last request is answered. A connection that is kept ends with the
   * answer under way: a busy client would go on asking over it, and the stop would never end.
   */
  async drain(): Promise<void> {
    this.draining = true;
    if (this.server.listening) this.server.close();
    for (const response of this.running) lastOfItsConnection(response);
    this.server.closeIdleConnections();
    if (this.running.size > 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }
}

const lastOfItsConnection = (response: ServerResponse): void => {
  if (!response.headersSent) response.setHeader('connection', 'close');
};

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
