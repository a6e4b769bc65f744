import { Controller, Get, Res, type Type } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { HealthRegistry, type HealthReport } from '@nx/observability';
import { Internal, OpenRoute, OperatorOnly } from './access';
import { Route } from './route-settings';
import type { HttpReply } from './request';

const send = (reply: HttpReply, report: HealthReport): HealthReport => {
  void reply.status(report.ok ? 200 : 503).header('cache-control', 'no-store');
  return report;
};

/** Probes under the base path; every mode serves them. */
@ApiExcludeController()
@Controller()
class HealthController {
  constructor(private readonly health: HealthRegistry) {}

  @Get(['healthz', 'health/live'])
  @OpenRoute('Liveness probe: says only that the event loop turns.')
  @Route({ rateLimit: 'none' })
  live(@Res({ passthrough: true }) reply: HttpReply): HealthReport {
    return send(reply, this.health.live());
  }

  @Get(['readyz', 'health/ready', 'health'])
  @OpenRoute('Readiness probe of the balancer.')
  @Route({ rateLimit: 'none' })
  async ready(@Res({ passthrough: true }) reply: HttpReply): Promise<HealthReport> {
    return send(reply, await this.health.ready());
  }

  @Get('health/deep')
  @OperatorOnly()
  async deep(@Res({ passthrough: true }) reply: HttpReply): Promise<HealthReport> {
    return send(reply, await this.health.deep());
  }
}

/** The same reports for the machine itself, whatever the base path is. */
@ApiExcludeController()
@Controller('internal/api/health')
class InternalHealthController {
  constructor(private readonly health: HealthRegistry) {}

  @Get()
  @Internal()
  async deep(@Res({ passthrough: true }) reply: HttpReply): Promise<HealthReport> {
    return send(reply, await this.health.deep());
  }
}

export const HEALTH_CONTROLLERS: Type[] = [HealthController, InternalHealthController];
