import type { AddressInfo } from 'node:net';
import { Body, Controller, Get, HttpCode, Module, Param, Post, Query, type DynamicModule } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Type } from 'class-transformer';
import { IsArray, IsInt, IsOptional, IsString, Matches, MaxLength, Min, ValidateNested } from 'class-validator';
import { loadConfig, PlatformConfig } from '@nx/config';
import { AppError } from '@nx/contracts';
import { currentContext, ObservabilityModule } from '@nx/observability';
import {
  Answer,
  ApiProblems,
  createApp,
  IDEMPOTENCY,
  Idempotent,
  OpenRoute,
  page,
  PageQuery,
  ProviderCallback,
  RawBody,
  Route,
  type IdempotencyOutcome,
  type IdempotencyPort,
  type IdempotencyRequest,
} from './index';

class LineDto {
  @ApiProperty()
  @IsString()
  @MaxLength(100)
  name!: string;
}

class OrderDto {
  @ApiProperty()
  @IsInt()
  @Min(1)
  total!: number;

  @ApiProperty({ required: false })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  note?: string;

  @ApiProperty({ required: false })
  @IsOptional()
  @Matches(/^\d{10,13}$/)
  taxCode?: string;

  @ApiProperty({ type: [LineDto], required: false })
  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => LineDto)
  lines?: LineDto[];
}

let runs = 0;
/** Ends the slow request that waits. */
export const slow: { release?: () => void } = {};

@Controller('orders')
class OrderController {
  @Post()
  @OpenRoute('test')
  @Idempotent('orders.create')
  @ApiProblems('request.invalid', 'request.card_number', 'request.malformed')
  create(@Body() body: OrderDto): { total: number; run: number } {
    runs += 1;
    if (body.note === 'refuse') throw new AppError({ code: 'payment.cancel.already_paid', detail: 'Already paid.' });
    if (body.note === 'break' && runs % 2 === 1) throw new Error('nobody knows what became of it');
    return { total: body.total, run: runs };
  }

  @Get()
  @OpenRoute('test')
  list(@Query() query: PageQuery): unknown {
    const rows = [
      { id: 'B', at: 2 },
      { id: 'A', at: 1 },
    ].slice(0, query.limit + 1);
    return page(rows, query.limit, (row) => ({ createdAtMs: row.at, id: row.id }));
  }

  @Get('context')
  @OpenRoute('test')
  context(): unknown {
    return currentContext();
  }

  @Post('context')
  @HttpCode(200)
  @OpenRoute('test')
  contextAfterBody(@Body() _body: OrderDto): unknown {
    return currentContext();
  }

  @Post('slow')
  @HttpCode(200)
  @OpenRoute('test')
  async slow(): Promise<object> {
    await new Promise<void>((resolve) => (slow.release = resolve));
    return {};
  }

  @Post('answer')
  @OpenRoute('test')
  answer(): Answer<object> {
    return Answer.replayed(202, { again: true });
  }

  @Get('fails')
  @OpenRoute('test')
  fails(): never {
    throw new Error('SELECT secret FROM somewhere');
  }

  @Get('away')
  @OpenRoute('test')
  away(): never {
    throw Object.assign(new Error('connect refused'), { away: true });
  }

  @Get('extra')
  @OpenRoute('test')
  extra(): never {
    throw new AppError({
      code: 'payment.checkout.active_transaction_exists',
      detail: 'Go on with it.',
      extra: { transactionId: 'T1', status: 'overwritten?' },
      retryAfterSeconds: 1.2,
    });
  }

  @Post('callback')
  @HttpCode(200)
  @OpenRoute('test')
  @ProviderCallback()
  callback(@RawBody() body: Buffer): { text: string } {
    return { text: body.toString('utf8') };
  }

  @Post('text')
  @HttpCode(200)
  @OpenRoute('test')
  @Route({ rawTypes: ['text/plain'] })
  text(@RawBody() body: Buffer): { length: number } {
    return { length: body.length };
  }

  @Get(':id')
  @OpenRoute('test')
  one(@Param('id') id: string): { id: string } {
    return { id };
  }
}

/** A store in memory: the real one belongs to another library and is tested there. */
class MemoryStore implements IdempotencyPort {
  readonly rows = new Map<
    string,
    { fingerprint: string; free?: boolean; answer?: { status: number; body: unknown } }
  >();

  async begin(request: IdempotencyRequest): Promise<IdempotencyOutcome> {
    const key = `${request.scope}/${request.operation}/${request.key}`;
    const row = this.rows.get(key);
    if (row === undefined) {
      this.rows.set(key, { fingerprint: request.fingerprint });
      return { state: 'started' };
    }
    if (row.fingerprint !== request.fingerprint) return { state: 'reused' };
    if (row.free === true) {
      delete row.free;
      return { state: 'started' };
    }
    return row.answer === undefined ? { state: 'running', retryAfterSeconds: 15 } : { state: 'done', ...row.answer };
  }

  /** How often completing a key fails from now on. */
  failures = 0;

  async complete(request: IdempotencyRequest, answer: { status: number; body: unknown }): Promise<void> {
    if (this.failures > 0) {
      this.failures -= 1;
      throw new Error('the connection broke');
    }
    const row = this.rows.get(`${request.scope}/${request.operation}/${request.key}`);
    if (row !== undefined) row.answer = answer;
  }

  async release(request: IdempotencyRequest): Promise<void> {
    this.rows.delete(`${request.scope}/${request.operation}/${request.key}`);
  }

  async unlock(request: IdempotencyRequest): Promise<void> {
    const row = this.rows.get(`${request.scope}/${request.operation}/${request.key}`);
    if (row !== undefined) row.free = true;
  }

  async look(request: IdempotencyRequest): Promise<Exclude<IdempotencyOutcome, { state: 'started' }> | undefined> {
    const row = this.rows.get(`${request.scope}/${request.operation}/${request.key}`);
    return row?.answer === undefined ? undefined : { state: 'done', ...row.answer };
  }
}

export const store = new MemoryStore();

@Module({})
class TestModule {}

const environment = (over: Record<string, string> = {}): Record<string, string> => ({
  APP_ENV_APPLICATION_NAME: 'payment',
  APP_ENV_APPLICATION_CODE: 'SVC-00040-PAYMENT',
  APP_ENV_SERVER_BASE_PATH: '/v1/api/payment',
  APP_ENV_SERVER_HOST: '127.0.0.1',
  APP_ENV_SERVER_PORT: '0',
  APP_ENV_POSTGRES_URL: 'postgres://nobody@127.0.0.1:1/none',
  APP_ENV_REDIS_URL: 'redis://127.0.0.1:1',
  APP_ENV_KAFKA_BROKERS: '127.0.0.1:1',
  APP_ENV_JWKS_URL: 'http://127.0.0.1:1/jw-certs',
  APP_ENV_LOG_LEVEL: 'silent',
  APP_ENV_SERVER_CORS_ORIGINS: 'https://pos.example.vn',
  ...over,
});

export const start = async (over: Record<string, string> = {}): Promise<NestFastifyApplication> => {
  const config = loadConfig(PlatformConfig, environment(over));
  const root = (): DynamicModule => ({
    module: TestModule,
    global: true,
    imports: [ObservabilityModule.forRoot({ service: 'payment', mode: config.mode, config: config.observability })],
    controllers: config.mode === 'worker' ? [] : [OrderController],
    providers: [{ provide: IDEMPOTENCY, useValue: store }],
    exports: [IDEMPOTENCY],
  });
  const app = await createApp({
    service: 'payment',
    config,
    createModule: root,
    migrate: async () => undefined,
    openApi: { title: 'Test', description: 'Test' },
    isInfrastructureError: (error) => typeof error === 'object' && error !== null && 'away' in error,
  });
  await app.listen(0, '127.0.0.1');
  return app;
};

export const portOf = (app: NestFastifyApplication): number => (app.getHttpServer().address() as AddressInfo).port;
