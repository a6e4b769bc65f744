import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { KeyRing } from '@nx/crypto';
import {
  EXPIRY_GRACE_MS,
  MalformedCallbackError,
  PROVIDERS,
  type CallbackAnswer,
  type CallbackAnswerContext,
  type CallbackAnswerKind,
  type CallbackProtocol,
  type ParsedCallback,
  type ProviderCode,
  type RawCallback,
} from '@nx/mq-pay';
import { CLOCK, currentContext, Logger, Metrics, type Counter, type Histogram } from '@nx/observability';
import { Database, type Statement } from '@nx/persistence';
import { JOB_QUEUE, type JobQueue } from '@nx/queue';
import { IdGenerator } from '@nx/reliable';
import type { PaymentJobs } from '../jobs';
import { ProviderCredentials, type CallbackSecret } from '../providers/provider-credentials';
import { ForgedIpnSample } from './forged-ipn';
import { RECEIVE_IPN } from './ipn-statement';
import { storedCallback } from './stored-callback';

interface ReceivedRow {
  answer: CallbackAnswerKind;
  amount: string | null;
  stored_id: string | null;
  first_answer: CallbackAnswerKind | null;
  applied_amount: string | null;
}

interface Verified {
  readonly secret: CallbackSecret;
  /** Connections whose secret is the same: the attempt may belong to any of them. */
  readonly credentialIds: readonly string[];
}

const BODY_AAD = { table: 'IpnInbox', column: 'body_sealed' } as const;

/** The edge of provider callbacks: verify, store once, answer. Nothing is applied here. */
@Injectable()
export class ReceiveIpn {
  private readonly statement: Statement<ReceivedRow>;
  private readonly received: Counter;
  private readonly duration: Histogram;

  constructor(
    database: Database,
    private readonly credentials: ProviderCredentials,
    private readonly forged: ForgedIpnSample,
    private readonly ring: KeyRing,
    private readonly ids: IdGenerator,
    private readonly logger: Logger,
    metrics: Metrics,
    @Inject(JOB_QUEUE) private readonly jobs: JobQueue<PaymentJobs>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.statement = database.statement('ipn-receive', RECEIVE_IPN);
    this.received = metrics.counter('payment_ipn_total', 'Provider callbacks by answer', ['provider', 'answer']);
    this.duration = metrics.histogram('payment_ipn_seconds', 'From the body to the answer', ['provider']);
  }

  /** Never throws: a provider gets its own answer even when the database is away (then never a success). */
  async execute(code: ProviderCode, raw: RawCallback, remoteAddress: string | null): Promise<CallbackAnswer> {
    const stop = this.duration.startTimer({ provider: code });
    const protocol = PROVIDERS.get(code)?.callbacks;
    if (protocol === undefined || protocol === null) throw new Error(`${code} has no callbacks`);
    let kind: CallbackAnswerKind;
    let context: CallbackAnswerContext = {};
    try {
      const parsed = protocol.parseCallback(raw);
      context = { attemptUid: parsed.attemptUid };
      const { secrets, incomplete } = await this.credentials.callbackSecrets(code, parsed.lookupKey);
      const verified = verify(protocol, raw, secrets);
      if (verified === undefined && incomplete) {
        // Who cannot look calls nothing a forgery: the provider comes again, and meets somebody with the right keys.
        kind = 'UNAVAILABLE';
        this.logger.warn('callback not judged: a secret of its merchant does not open', { paymentProvider: code });
      } else if (verified === undefined) {
        await this.forged.keep({ provider: code, lookupKey: parsed.lookupKey, body: raw.body, remoteAddress });
        kind = 'BAD_SIGNATURE';
      } else {
        const row = await this.store(code, raw, parsed, verified);
        kind = answerOf(row);
        if (row.amount !== null) context = { ...context, expectedAmountMinor: BigInt(row.amount) };
      }
    } catch (error) {
      kind = error instanceof MalformedCallbackError ? 'MALFORMED' : 'UNAVAILABLE';
      this.logger.warn('callback not stored', { paymentProvider: code, answer: kind, error });
    }
    this.received.inc({ provider: code, answer: kind });
    stop();
    return protocol.answerCallback(kind, context);
  }

  private async store(
    code: ProviderCode,
    raw: RawCallback,
    parsed: ParsedCallback,
    verified: Verified,
  ): Promise<ReceivedRow> {
    const id = this.ids.next();
    const now = this.clock.now();
    const parameters = [
      id,
      code,
      parsed.eventKey,
      parsed.attemptUid,
      parsed.success,
      verified.credentialIds,
      parsed.amountMinor.toString(),
      parsed.paidAtMs === null ? null : new Date(parsed.paidAtMs),
      EXPIRY_GRACE_MS,
      this.ring.seal(storedCallback(raw, parsed), { ...BODY_AAD, rowId: id }),
      JSON.stringify(keptHeaders(raw.headers)),
      new Date(now),
      currentContext()?.requestId ?? null,
      verified.secret.credentialId,
    ];
    let [row] = await this.statement.run(parameters);
    // Two equal callbacks at once: the loser of the race does not see the winner's row yet, so it looks again.
    if (row !== undefined && row.stored_id === null && row.first_answer === null) {
      [row] = await this.statement.run(parameters);
    }
    if (row === undefined) throw new Error('the callback statement gave no row');
    if (row.stored_id !== null) void this.jobs.add('apply-ipn', { ipnId: id }, { jobId: `ipn-${id}` });
    return row;
  }
}

const answerOf = (row: ReceivedRow): CallbackAnswerKind => {
  if (row.stored_id !== null) return row.answer;
  const first = row.first_answer ?? row.answer;
  return first === 'APPLIED' && Number(row.applied_amount ?? 0) > 0 ? 'DUPLICATE' : first;
};

const verify = (
  protocol: CallbackProtocol,
  raw: RawCallback,
  secrets: readonly CallbackSecret[],
): Verified | undefined => {
  const index = protocol.verifyCallback(
    raw,
    secrets.map((candidate) => candidate.secret),
  );
  const secret = index === null ? undefined : secrets[index];
  if (secret === undefined) return undefined;
  const credentialIds = secrets.filter((other) => other.secret === secret.secret).map((other) => other.credentialId);
  return { secret, credentialIds: [...new Set(credentialIds)] };
};

/** What may help to trace a callback; never cookies or authorization. */
const keptHeaders = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    ['content-type', 'user-agent', 'x-forwarded-for', 'x-real-ip'].flatMap((name) => {
      const value = headers[name];
      return value === undefined ? [] : [[name, value.slice(0, 256)]];
    }),
  );
