import type { Server } from 'node:http';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { HealthRegistry } from '@nx/observability';

/** Stops taking connections and waits until the requests under way are answered. */
const drain = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    if (!server.listening) return resolve();
    server.close(() => resolve());
    server.closeIdleConnections();
  });

/**
 * Order of a stop: not ready, no new requests nor records, finish what runs, then the modules release what they
 * hold (leases, offsets, connections).
 */
export async function stopGracefully(
  app: NestFastifyApplication,
  health: HealthRegistry,
  metrics: Server,
): Promise<void> {
  health.setStopping();
  const consumers = app.getMicroservices().map(async (microservice) => {
    // Transports of type MicroserviceServer expose `close`; the application closes them again, which is harmless.
    await (microservice as unknown as { getTransportServer(): { close(): unknown } }).getTransportServer().close();
  });
  await Promise.all([drain(app.getHttpServer() as Server), ...consumers]);
  await app.close();
  await drain(metrics);
}
