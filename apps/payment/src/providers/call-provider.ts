import { Inject, Injectable } from '@nestjs/common';
import { AppError, type Clock, type Send } from '@nx/contracts';
import { KeyRing, maskCardNumbers, sha256Hex, type Aad } from '@nx/crypto';
import {
  PROVIDERS,
  type CreateRequest,
  type CreateResult,
  type OperationKind,
  type OperationResult,
  type PaymentProvider,
  type ProviderCode,
  type QueryResult,
  type RefundQueryRequest,
  type RefundQueryResult,
  type RefundRequest,
  type RefundResult,
} from '@nx/mq-pay';
import { CLOCK, currentContext, Metrics, type Histogram } from '@nx/observability';
import { Database, type Statement } from '@nx/persistence';
import { IdGenerator, StaleLeaseError } from '@nx/reliable';
import type { Attempt, Transaction } from '../transactions/transaction';
import { ProviderCredentials, type OpenedCredential } from './provider-credentials';
import type { OperationCompletion, StartedOperation } from './provider-operation';
import { QueryLane } from './query-lane';
import { SendPort } from './send-port';

/** A provider's answer, with the completion of the operation's row that goes into the same change. */
export interface Called<R extends OperationResult> {
  readonly result: R;
  readonly completion: OperationCompletion;
  readonly credential: OpenedCredential;
}

/** The lease under which a call is made that cannot be taken back. */
export interface CallFence {
  readonly token: string;
  /** Throws StaleLeaseError when the lease, or the time for the call, would end before the answer could come. */
  assertMayLeave(): void;
}

/** Somebody else has asked about this terminal; it may be asked again at that time (ms). */
export interface LaneBusy {
  readonly freeAtMs: number;
}

const sealedAad = (column: string, rowId: string): Aad => ({ table: 'ProviderOperation', column, rowId });

const createRequest = (transaction: Transaction, attempt: Attempt, credential: OpenedCredential): CreateRequest => ({
  configuration: credential.configuration,
  attemptUid: attempt.uid,
  amountMinor: attempt.amount,
  currency: transaction.currency,
  method: attempt.method,
  createdAtMs: attempt.createdAt,
  expiresAtMs: attempt.expiresAt,
  description: transaction.sourceUid,
});

const nobody: Send = () =>
  Promise.reject(new Error('a provider that declares itself local has tried to call somebody'));

/** The protocol refused the values before a byte left. */
const notSent = (provider: PaymentProvider, error: unknown): RefundResult => ({
  outcome: 'REFUSED',
  refundOutcome: 'REFUSED',
  reason: 'NOT_CARRIABLE',
  detail: error instanceof Error ? error.message : String(error),
  raw: { request: '' },
  retry: false,
  fallbackAllowed: false,
  codeTableVersion: provider.errorTable.version,
  toBeConfirmed: false,
});

/** Whether anything that this service hears can prove a payment at this provider, or at least that it is over. */
const isProvable = ({ capabilities }: PaymentProvider): boolean =>
  capabilities.callback || capabilities.query || !capabilities.unknownOutcome;

/** The provider of a code. Throws `payment.provider.unknown` or `payment.provider.not_supported`. */
export const providerOf = (code: string): PaymentProvider => {
  const provider = PROVIDERS.get(code as ProviderCode);
  const pointer = '/payment/provider';
  if (provider === undefined) {
    const detail = `${code} is not a provider; known are ${[...PROVIDERS.keys()].join(', ')}`;
    throw new AppError({ code: 'payment.provider.unknown', detail, errors: [{ pointer, detail }] });
  }
  const unprovable = isProvable(provider)
    ? null
    : `${code} is proven by bank statements alone, and none are read here.`;
  const refusal = provider.refusal ?? unprovable;
  if (refusal !== null) {
    throw new AppError({
      code: 'payment.provider.not_supported',
      detail: refusal,
      errors: [{ pointer, detail: refusal }],
    });
  }
  return provider;
};

/** The only place from which a provider is called: resolves the credential, sends, seals what was said. */
@Injectable()
export class CallProvider {
  private readonly insertStarted: Statement<object>;
  private readonly duration: Histogram;

  constructor(
    database: Database,
    private readonly credentials: ProviderCredentials,
    private readonly sending: SendPort,
    private readonly lane: QueryLane,
    private readonly ids: IdGenerator,
    private readonly ring: KeyRing,
    metrics: Metrics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.duration = metrics.histogram('payment_provider_call_seconds', 'Provider calls by outcome', [
      'provider',
      'kind',
      'outcome',
    ]);
    this.insertStarted = database.statement(
      'provider-operation-start',
      `INSERT INTO "ProviderOperation" (id, attempt_id, transaction_id, merchant_id, provider, kind, credential_id,
         started_at, request_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    );
  }

  /** The row that must be committed before the call. */
  started(attempt: Attempt, kind: OperationKind, now: number, fencingToken: string | null = null): StartedOperation {
    return {
      id: this.ids.next(),
      attemptId: attempt.id,
      transactionId: attempt.transactionId,
      merchantId: attempt.merchantId,
      provider: attempt.provider,
      kind,
      credentialId: attempt.credentialId,
      startedAt: now,
      requestId: currentContext()?.requestId ?? null,
      fencingToken,
    };
  }

  /** Asks for a QR or a URL. The operation's row is committed already. */
  async create(transaction: Transaction, attempt: Attempt, operationId: string): Promise<Called<CreateResult>> {
    const provider = providerOf(attempt.provider);
    const credential = await this.credentials.ofAttempt(provider, attempt.credentialId);
    const request = createRequest(transaction, attempt, credential);
    return this.call('CREATE', attempt, operationId, credential, (send) => provider.create(request, send));
  }

  /** Makes a QR or an address without asking anybody: no operation, no effect, the same again for the same attempt. */
  createLocally(transaction: Transaction, attempt: Attempt, credential: OpenedCredential): Promise<CreateResult> {
    return providerOf(attempt.provider).create(createRequest(transaction, attempt, credential), nobody);
  }

  /** Asks what became of an attempt, in its terminal's turn. The operation's row is written here, before the call. */
  async query(transaction: Transaction, attempt: Attempt): Promise<Called<QueryResult> | LaneBusy | undefined> {
    const provider = providerOf(attempt.provider);
    if (provider.query === undefined) return undefined;
    const ask = provider.query.bind(provider);
    const credential = await this.credentials.ofAttempt(provider, attempt.credentialId);
    const turn = await this.startQuery(attempt, credential);
    if ('freeAtMs' in turn) return turn;
    const called = await this.call('QUERY', attempt, turn.id, credential, (send) =>
      ask(
        {
          configuration: credential.configuration,
          attemptUid: attempt.uid,
          amountMinor: attempt.amount,
          currency: transaction.currency,
          createdAtMs: attempt.createdAt,
          expiresAtMs: attempt.expiresAt,
          askedAtMs: turn.startedAt,
        },
        send,
      ),
    );
    if (called.result.tooSoon) await this.lane.extend(credential.configuration, this.clock.now());
    return called;
  }

  /** The connection that an attempt goes over, opened. Throws `AppError` where it does not open. */
  credentialOf(attempt: Attempt): Promise<OpenedCredential> {
    return this.credentials.ofAttempt(providerOf(attempt.provider), attempt.credentialId);
  }

  /**
   * Asks for a refund. The operation's row is committed already, under the lease of `fence`, which is asked once more
   * before anything leaves. A request that the protocol cannot carry is an answer too: it was provably not sent.
   * @throws StaleLeaseError when the caller's time is over; nothing has left then
   */
  refund(
    attempt: Attempt,
    operationId: string,
    credential: OpenedCredential,
    request: Omit<RefundRequest, 'configuration'>,
    fence: CallFence,
  ): Promise<Called<RefundResult>> {
    const provider = providerOf(attempt.provider);
    const refund = async (send: Send): Promise<RefundResult> => {
      let left = false;
      let tooLate: StaleLeaseError | undefined;
      const watched: Send = async (message) => {
        try {
          fence.assertMayLeave();
        } catch (error) {
          if (error instanceof StaleLeaseError) tooLate = error;
          throw error;
        }
        left = true;
        return send(message);
      };
      try {
        if (provider.refund === undefined) throw new RangeError(`${provider.code} gives nothing back.`);
        const result = await provider.refund({ ...request, configuration: credential.configuration }, watched);
        // An adapter makes an answer of every failure; this one is the caller's to know.
        if (tooLate !== undefined) throw tooLate;
        return result;
      } catch (error) {
        if (left || error instanceof StaleLeaseError) throw error;
        return notSent(provider, error);
      }
    };
    return this.call('REFUND', attempt, operationId, credential, refund, fence.token);
  }

  /** Asks what became of a refund, in its terminal's turn; undefined where the provider cannot be asked. */
  async queryRefund(
    attempt: Attempt,
    request: (askedAtMs: number) => Omit<RefundQueryRequest, 'configuration'>,
  ): Promise<Called<RefundQueryResult> | LaneBusy | undefined> {
    const provider = providerOf(attempt.provider);
    if (provider.queryRefund === undefined) return undefined;
    const ask = provider.queryRefund.bind(provider);
    const credential = await this.credentialOf(attempt);
    const turn = await this.startQuery(attempt, credential);
    if ('freeAtMs' in turn) return turn;
    const { configuration } = credential;
    const called = await this.call('QUERY', attempt, turn.id, credential, (send) =>
      ask({ ...request(turn.startedAt), configuration }, send),
    );
    if (called.result.tooSoon) await this.lane.extend(configuration, this.clock.now());
    return called;
  }

  /** Takes the terminal's turn and writes the operation of a question, before the call. */
  private async startQuery(attempt: Attempt, credential: OpenedCredential): Promise<StartedOperation | LaneBusy> {
    const askedAtMs = this.clock.now();
    const freeAtMs = await this.lane.enter(credential.configuration, askedAtMs);
    if (freeAtMs !== null) return { freeAtMs };
    const operation = this.started(attempt, 'QUERY', askedAtMs);
    await this.insertStarted.run([
      operation.id,
      operation.attemptId,
      operation.transactionId,
      operation.merchantId,
      operation.provider,
      operation.kind,
      operation.credentialId,
      new Date(operation.startedAt),
      operation.requestId,
    ]);
    return operation;
  }

  private async call<R extends OperationResult>(
    kind: OperationKind,
    attempt: Attempt,
    operationId: string,
    credential: OpenedCredential,
    work: (send: ReturnType<SendPort['for']>) => Promise<R>,
    fencingToken: string | null = null,
  ): Promise<Called<R>> {
    const started = performance.now();
    const result = await work(this.sending.for({ provider: attempt.provider, attemptId: attempt.id, kind }));
    const durationMs = Math.round(performance.now() - started);
    this.duration.observe({ provider: attempt.provider, kind, outcome: result.outcome }, durationMs / 1000);
    const completion: OperationCompletion = {
      id: operationId,
      finishedAt: this.clock.now(),
      durationMs,
      outcome: result.outcome,
      providerCode: result.providerCode ?? null,
      codeTableVersion: result.codeTableVersion,
      requestFingerprint: sha256Hex(result.raw.request),
      credentialKeyId: credential.keyId,
      requestSealed: this.sealed('request_sealed', operationId, result.raw.request),
      responseSealed: this.sealed('response_sealed', operationId, result.raw.response),
      fencingToken,
    };
    return { result, completion, credential };
  }

  /** Evidence from outside may hold a card number by mistake; it never reaches our tables. */
  private sealed(column: string, rowId: string, text: string | undefined): string | null {
    return text === undefined ? null : this.ring.seal(maskCardNumbers(text), sealedAad(column, rowId));
  }
}
