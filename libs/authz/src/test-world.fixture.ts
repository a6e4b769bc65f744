import type { AddressInfo } from 'node:net';
import { Controller, Get, Module, type DynamicModule } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { loadConfig, PlatformConfig } from '@nx/config';
import { Permission } from '@nx/contracts';
import { createApp, Internal, OperatorOnly } from '@nx/http';
import { HealthRegistry, ObservabilityModule } from '@nx/observability';
import { PersistenceModule } from '@nx/persistence';
import {
  eventually,
  testDatabase,
  testEnvironment,
  testIdentity,
  testInfra,
  uniquePrefix,
  type TestDatabase,
  type TestIdentity,
} from '@nx/testing';
import pg from 'pg';
import {
  AccessControl,
  AuthzModule,
  CurrentActor,
  Policy,
  Public,
  seedPermissions,
  SelfScoped,
  type Actor,
} from './index';

@Controller('things')
class ThingController {
  @Get()
  @Policy(Permission.TransactionRead)
  read(@CurrentActor() actor: Actor): Actor {
    return actor;
  }

  @Get('refundable')
  @Policy(Permission.ConfigurationUpdate)
  update(): object {
    return {};
  }

  @Get('mine')
  @SelfScoped()
  mine(@CurrentActor() actor: Actor): Actor {
    return actor;
  }

  @Get('open')
  @Public('anybody may look')
  open(): object {
    return {};
  }

  @Get('anywhere')
  @Policy(Permission.TaxInfoRead, { scope: 'none' })
  anywhere(): object {
    return {};
  }

  @Get('operators')
  @Policy(Permission.SocketRead, { scope: 'operator' })
  operators(): object {
    return {};
  }

  @Get('operators-only')
  @OperatorOnly()
  operatorsOnly(): object {
    return {};
  }

  @Get('forgotten')
  forgotten(): object {
    return {};
  }
}

@Controller('internal/api/rooms')
@Internal()
class RoomController {
  @Get()
  @Policy(Permission.RoomRead, { scope: 'none' })
  rooms(@CurrentActor() actor: Actor): Actor {
    return actor;
  }
}

@Module({})
class TestModule {}

export const SECRETS = ['old-claims-secret', 'claims-secret'];

let database: TestDatabase;
export let identity: TestIdentity;
export let app: NestFastifyApplication;
export let admin: pg.Client;
let base: string;
let edges = 0;

const startApp = async (jwksUrl: string): Promise<NestFastifyApplication> => {
  const { redisUrl } = await testInfra();
  const environment = testEnvironment('payment', {
    database,
    redisUrl,
    prefix: uniquePrefix(),
    jwksUrl,
    kafkaBrokers: ['127.0.0.1:9'],
    extra: { APP_ENV_LOG_LEVEL: 'silent', APP_ENV_JWT_CLAIMS_SECRET: SECRETS.join(',') },
  });
  const config = loadConfig(PlatformConfig, environment, { service: 'payment' });
  const createModule = (): DynamicModule => ({
    module: TestModule,
    imports: [
      {
        module: class ConfigModule {},
        global: true,
        providers: [{ provide: PlatformConfig, useValue: config }],
        exports: [PlatformConfig],
      },
      ObservabilityModule.forRoot({ service: 'payment', mode: config.mode, config: config.observability }),
      PersistenceModule.forRoot({ entities: [] }),
      AuthzModule.forRoot({ jwks: config.jwks }),
    ],
    controllers: [ThingController, RoomController],
  });
  const made = await createApp({
    service: 'payment',
    config,
    createModule,
    migrate: async () => undefined,
    openApi: { title: 't', description: 't' },
  });
  await made.listen(0, '127.0.0.1');
  return made;
};

const addressOf = (of: NestFastifyApplication): string =>
  `http://127.0.0.1:${(of.getHttpServer().address() as AddressInfo).port}`;

export const edge = async (row: {
  variant?: string;
  subjectType?: string;
  subject: string;
  targetType: string;
  target: string;
  domain?: string;
  effect?: string;
  action?: string;
}): Promise<string> => {
  const id = `edge${(edges += 1)}`;
  await admin.query(
    `INSERT INTO identity."PolicyDefinition" (id, variant, subject_type, subject_id, target_type, target_id, domain, effect, action) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)`,
    [
      id,
      row.variant ?? 'group',
      row.subjectType ?? 'User',
      row.subject,
      row.targetType,
      row.target,
      row.domain ?? null,
      row.effect ?? null,
      row.action ?? null,
    ],
  );
  return id;
};

export const remove = (id: string, at = 'clock_timestamp()'): Promise<unknown> =>
  admin.query(
    `UPDATE identity."PolicyDefinition" SET deleted_at = ${at}, modified_at = clock_timestamp() WHERE id = $1`,
    [id],
  );

/** Waits until the app has seen all changes so far. */
export const settled = async (): Promise<void> => {
  await app.get(AccessControl).look();
};

export const role = (identifier: string): object => ({
  id: `id-${identifier}`,
  identifier,
  priority: Number(identifier.slice(0, 3)),
});

export const get = async (
  path: string,
  token?: string,
  headers: Record<string, string> = {},
  from = base,
): Promise<{ status: number; body: Record<string, unknown> }> => {
  const response = await fetch(`${from}${path}`, {
    headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

export const THINGS = '/v1/api/payment/things';
let users = 0;
/** A user nobody else has, so that no cached ability of another test counts. */
export const newUser = (): string => `user${(users += 1)}`;

/** Database, identity and app of one test file. */
export const prepare = async (): Promise<void> => {
  [database, identity] = await Promise.all([testDatabase({ service: 'payment' }), testIdentity()]);
  admin = new pg.Client({ connectionString: database.urlFor('admin') });
  await admin.connect();
  await seedPermissions({ execute: (sql, params) => admin.query(sql, [...(params ?? [])]) });
  app = await startApp(identity.url);
  base = addressOf(app);
  await eventually(async () => {
    const { indicators } = await app.get(HealthRegistry).ready();
    return indicators.find((indicator) => indicator.name === 'jwks')?.ok === true;
  });
};

export const dispose = async (): Promise<void> => {
  await app.close();
  await admin.end();
  await identity.stop();
  await database.drop();
};
