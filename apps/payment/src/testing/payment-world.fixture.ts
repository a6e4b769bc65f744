import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { seedPermissions } from '@nx/authz';
import { loadConfig, systemClock } from '@nx/config';
import { ROLES } from '@nx/contracts';
import { createApp } from '@nx/http';
import { ensureTopics } from '@nx/messaging';
import { HealthRegistry, Logger } from '@nx/observability';
import {
  eventually,
  testDatabase,
  testEnvironment,
  testIdentity,
  openWire,
  testInfra,
  uniquePrefix,
  type TestDatabase,
  type TestIdentity,
  type Wire,
} from '@nx/testing';
import pg from 'pg';
import type { CheckoutAnswer } from '../checkout/checkout.dto';
import type { TransactionDetailView } from '../transactions/transaction.view';
import { PAYMENT_TOPICS } from '../migrate-payment';
import { PaymentConfig } from '../payment.config';
import { paymentService } from '../service';
import { SETTINGS } from './world-settings.fixture';
import { ipnBody, TestVnpay, type PaymentNotice, type Secrets, type VnpayMerchant } from './vnpay.fixture';

export const BASE = '/v1/api/payment';

/** What tests read of any answer; which of it an answer has is its route's business. */
export interface AnswerBody {
  readonly approvalId: string;
  readonly attempt: AnswerBody;
  readonly attemptId: string;
  readonly attempts: readonly AnswerBody[];
  readonly bearable: boolean;
  readonly cancelledAttempts: readonly AnswerBody[];
  readonly chargebackReference: string;
  readonly clientReference: string;
  readonly code: string;
  readonly data: readonly AnswerBody[];
  readonly deliveryId: string;
  readonly detail: string;
  readonly errors: readonly { readonly pointer: string }[];
  readonly failingSince: string | null;
  readonly findings: readonly string[];
  readonly history: readonly { readonly sequence: number }[];
  readonly id: string;
  readonly instance: string;
  readonly nextCursor: string | null;
  readonly openAmount: number;
  readonly outcome: string;
  readonly paid: number;
  readonly payment: { readonly qrCode: string; readonly qrTrace: string; readonly payUrl: string };
  readonly previousSecretUntil: string;
  readonly provider: string;
  readonly publicKey: string;
  readonly queues: readonly { readonly name: string }[];
  readonly refund: AnswerBody;
  readonly replayed: readonly AnswerBody[];
  readonly requestId: string;
  readonly resolvedAt: string | null;
  readonly resolvedBy: string | null;
  readonly RspCode: string;
  readonly secret: string;
  readonly settledAt: string | null;
  readonly source: { readonly id: string };
  readonly state: string;
  readonly status: string;
  readonly total: number;
  readonly transaction: AnswerBody;
  readonly owner: string | null;
  readonly tries: readonly AnswerBody[];
  readonly tValue: string & { readonly merchantName: string };
  readonly what: string;
}

/** What the service answered. */
export interface Answer<B = AnswerBody> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: B;
  readonly text: string;
}

/** What VNPAY is told of its callback. */
export interface IpnAnswer {
  readonly code: string;
  readonly message: string;
  readonly data?: unknown;
}

export interface WorldOptions {
  readonly mode?: 'full' | 'api';
  readonly redisUrl?: string;
  readonly extra?: Readonly<Record<string, string>>;
  /** The service reaches PostgreSQL over `world.wire`, which the test can cut. */
  readonly wired?: boolean;
  /** A PostgreSQL server of the test's own, as its administrator. */
  readonly postgresAdminUrl?: string;
}

export interface Shop extends VnpayMerchant {
  readonly merchantId: string;
  readonly organizerId: string;
  readonly token: string;
  readonly configurationId: string;
}

let serial = 0;
/** A short text that no other test of this run has. */
export const unique = (prefix: string): string => `${prefix}${(serial += 1)}${randomBytes(3).toString('hex')}`;

export const now = (): number => systemClock.now();

/** The payment service in this process over servers of the machine, with a database of its own. */
export class PaymentWorld {
  readonly vnpay: TestVnpay;
  url = '';

  private constructor(
    readonly app: NestFastifyApplication,
    readonly database: TestDatabase,
    readonly identity: TestIdentity,
    public admin: pg.Client,
    readonly runtime: pg.Client,
    private readonly environment: Readonly<Record<string, string>>,
    vnpay: TestVnpay,
    readonly wire: Wire | undefined,
  ) {
    this.vnpay = vnpay;
  }

  static async start(options: WorldOptions = {}): Promise<PaymentWorld> {
    const infra = await testInfra();
    const [database, identity, vnpay] = await Promise.all([
      testDatabase({
        service: 'payment',
        ...(options.postgresAdminUrl === undefined ? {} : { postgresAdminUrl: options.postgresAdminUrl }),
      }),
      testIdentity(),
      TestVnpay.start(),
    ]);
    const runtime = new pg.Client({ connectionString: database.urlFor('runtime') });
    runtime.on('error', () => undefined);
    const [admin] = await Promise.all([connectAdmin(database), runtime.connect()]);
    await seedPermissions({ execute: (sql, params) => admin.query(sql, [...(params ?? [])]) });
    const wire = options.wired === true ? await openWire(database.urlFor('runtime')) : undefined;
    const environment = testEnvironment('payment', {
      database,
      redisUrl: options.redisUrl ?? infra.redisUrl,
      kafkaBrokers: infra.kafkaBrokers,
      prefix: uniquePrefix(),
      jwksUrl: identity.url,
      mode: options.mode ?? 'full',
      extra: {
        ...SETTINGS,
        ...(wire === undefined ? {} : { APP_ENV_POSTGRES_URL: wire.through }),
        ...options.extra,
      },
    });
    const config = loadConfig(PaymentConfig, environment, { service: 'payment' });
    const logger = Logger.create({ service: 'payment', mode: 'test', level: 'silent' });
    await ensureTopics(config.kafka, PAYMENT_TOPICS, logger);
    const app = await listening(config);
    const world = new PaymentWorld(app, database, identity, admin, runtime, environment, vnpay, wire);
    world.url = urlOf(app);
    await eventually(async () => (await app.get(HealthRegistry).ready()).ok, { timeoutMs: 30_000 });
    return world;
  }

  /**
   * A further instance over the same servers and tables, in an environment that differs so far; not waited for. End it
   * by `app.close()`, before the world.
   */
  async replica(extra: Readonly<Record<string, string>> = {}): Promise<PaymentWorld> {
    const { database, identity, admin, runtime, vnpay, environment } = this;
    const own = { ...environment, ...extra };
    const app = await listening(loadConfig(PaymentConfig, own, { service: 'payment' }));
    const world = new PaymentWorld(app, database, identity, admin, runtime, own, vnpay, undefined);
    world.url = urlOf(world.app);
    return world;
  }

  /** Connects the test's own client anew, when its server has gone. */
  async reconnect(): Promise<void> {
    await this.admin.end().catch(() => undefined);
    this.admin = await connectAdmin(this.database);
  }

  get config(): Readonly<PaymentConfig> {
    return this.app.get(PaymentConfig);
  }

  get health(): HealthRegistry {
    return this.app.get(HealthRegistry);
  }

  async stop(): Promise<void> {
    await this.app.close();
    await Promise.all([this.admin.end(), this.runtime.end(), this.wire?.close()]);
    await Promise.all([this.identity.stop(), this.vnpay.stop(), this.database.drop()]);
  }

  /** A merchant with an owner, connected to a provider when one is given. */
  async shop(vnpay: TestVnpay | null = this.vnpay): Promise<Shop> {
    const merchantId = unique('M');
    const organizerId = unique('O');
    const merchantCode = unique('MC').slice(0, 20);
    const secrets: Secrets = {
      createSecret: unique('create-secret-'),
      checkSecret: unique('check-secret-'),
      refundSecret: unique('refund-secret-'),
      callbackSecret: unique('callback-secret-'),
    };
    const token = await this.token({ merchantIds: [merchantId], organizerIds: [organizerId] });
    const shop = { merchantId, organizerId, merchantCode, secrets, token, configurationId: '' };
    if (vnpay === null) return shop;
    vnpay.know(shop);
    const created = await this.post(shop, '/configurations', {
      code: 'VNPAY_QR_MMS',
      tValue: vnpay.tValue(merchantCode),
      credential: secrets,
    });
    if (created.status !== 201) throw new Error(`no configuration: ${created.text}`);
    return { ...shop, configurationId: String(created.body.id) };
  }

  token(claims: { merchantIds?: string[]; organizerIds?: string[]; role?: string }): Promise<string> {
    const identifier = claims.role ?? ROLES.owner;
    return this.identity.token({
      userId: unique('U'),
      roles: [{ id: identifier, identifier, priority: Number(identifier.slice(0, 3)) }],
      merchantIds: claims.merchantIds ?? [],
      organizerIds: claims.organizerIds ?? [],
    });
  }

  async call<B = AnswerBody>(
    method: string,
    path: string,
    init: { token?: string; body?: string | Buffer; headers?: Record<string, string> } = {},
  ): Promise<Answer<B>> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(init.token === undefined ? {} : { authorization: `Bearer ${init.token}` }),
        ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...init.headers,
      },
      ...(init.body === undefined
        ? {}
        : { body: typeof init.body === 'string' ? init.body : new Uint8Array(init.body) }),
    });
    const text = await response.text();
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      body = undefined;
    }
    return { status: response.status, headers: response.headers, body: body as B, text };
  }

  post<B = AnswerBody>(
    shop: Pick<Shop, 'token'>,
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<B>> {
    return this.call('POST', `${BASE}${path}`, { token: shop.token, body: JSON.stringify(body), headers });
  }

  patch<B = AnswerBody>(shop: Pick<Shop, 'token'>, path: string, body: unknown): Promise<Answer<B>> {
    return this.call('PATCH', `${BASE}${path}`, { token: shop.token, body: JSON.stringify(body) });
  }

  get<B = AnswerBody>(shop: Pick<Shop, 'token'>, path: string): Promise<Answer<B>> {
    return this.call('GET', `${BASE}${path}`, { token: shop.token });
  }

  remove(shop: Pick<Shop, 'token'>, path: string): Promise<Answer> {
    return this.call('DELETE', `${BASE}${path}`, { token: shop.token });
  }

  checkout(shop: Shop, change: CheckoutChange = {}, key?: string): Promise<Answer<CheckoutAnswer & AnswerBody>> {
    return this.post(
      shop,
      '/payments/checkout',
      checkoutBody(change),
      key === undefined ? {} : { 'idempotency-key': key },
    );
  }

  /** A QR that is shown, or the test fails. */
  async qr(shop: Shop, change: CheckoutChange = {}): Promise<CheckoutAnswer> {
    const answer = await this.checkout(shop, { provider: 'VNPAY_QR_MMS', method: '100_QR_CODE', ...change });
    if (answer.status !== 200) throw new Error(`no QR: ${answer.status} ${answer.text}`);
    return answer.body;
  }

  async ipn(merchant: VnpayMerchant, notice: PaymentNotice): Promise<IpnAnswer> {
    return (await this.ipnRaw(ipnBody(merchant, notice))).body;
  }

  ipnRaw(body: string): Promise<Answer<IpnAnswer>> {
    return this.call('POST', `${BASE}/vnpay/qr-mms/ipn`, { body });
  }

  async transaction(shop: Shop, id: string): Promise<TransactionDetailView> {
    return (await this.get<TransactionDetailView>(shop, `/transactions/${id}`)).body;
  }

  /** Waits until every callback of a merchant has been processed. */
  processed(shop: Shop): Promise<unknown> {
    return eventually(async () => {
      const [row] = await this.sql(
        'SELECT count(*)::int AS open FROM "IpnInbox" WHERE merchant_id = $1 AND processed_at IS NULL',
        [shop.merchantId],
      );
      return row?.['open'] === 0;
    });
  }

  async sql<R extends pg.QueryResultRow = Record<string, unknown>>(text: string, values: unknown[] = []): Promise<R[]> {
    return (await this.admin.query<R>(text, values)).rows;
  }

  /** Lets `ms` pass for an attempt: everything that it waits for comes nearer by so much. */
  async age(attemptId: string, ms: number): Promise<void> {
    await this.sql(
      `UPDATE "PaymentAttempt" SET created_at = created_at - $2 * interval '1 ms', expires_at = expires_at - $2 * interval '1 ms',
         next_query_at = next_query_at - $2 * interval '1 ms' WHERE id = $1`,
      [attemptId, ms],
    );
  }
}

const connectAdmin = async (database: TestDatabase): Promise<pg.Client> => {
  const options = '-c search_path=payment,mq_pay,identity,platform';
  const admin = new pg.Client({ connectionString: database.urlFor('admin'), options });
  admin.on('error', () => undefined);
  await admin.connect();
  return admin;
};

const listening = async (config: Readonly<PaymentConfig>): Promise<NestFastifyApplication> => {
  const service = { ...paymentService, config };
  const app = await createApp(service);
  try {
    await app.init();
    await service.beforeListen?.(app);
    await app.startAllMicroservices();
    await app.listen(0, '127.0.0.1');
  } catch (error) {
    await app.close();
    throw error;
  }
  return app;
};

const urlOf = (app: NestFastifyApplication): string =>
  `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;

export interface CheckoutChange {
  readonly sourceId?: string;
  readonly provider?: string;
  readonly method?: string;
  readonly total?: number;
  readonly amount?: number;
  readonly transactionId?: string;
  readonly expiration?: { mode: string; milliseconds: number };
  readonly metadata?: unknown;
}

/** Cash of 100 000 đồng for a source that nobody else sells, unless changed. */
export const checkoutBody = (change: CheckoutChange = {}) => ({
  source: { type: 'SaleOrder', id: change.sourceId ?? unique('S'), uid: 'SO-1' },
  payment: {
    provider: change.provider ?? 'SYSTEM',
    method: change.method ?? '000_CASH',
    total: change.total ?? 100_000,
    currency: 'VND',
    ...(change.amount === undefined ? {} : { amount: change.amount }),
  },
  ...(change.transactionId === undefined ? {} : { transactionId: change.transactionId }),
  ...(change.expiration === undefined ? {} : { expiration: change.expiration }),
  ...(change.metadata === undefined ? {} : { metadata: change.metadata }),
});
