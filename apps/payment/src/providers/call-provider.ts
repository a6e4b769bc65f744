import { Inject, Injectable } from '@nestjs/common';
import { AppError, type Clock } from '@nx/contracts';
import { KeyRing, maskCardNumbers, sha256Hex, type Aad } from '@nx/crypto';
import {
  PROVIDERS,
  type CreateResult,
  type OperationKind,
  type OperationResult,
  type PaymentProvider,
  type ProviderCode,
  type QueryResult,
} from '@nx/mq-pay';
import { CLOCK, currentContext, Metrics, type Histogram } from '@nx/observability';
import { Database, type Statement } from '@nx/persistence';
import { IdGenerator } from '@nx/reliable';
import type { Attempt, Transaction } from '../transactions/transaction';
import { ProviderCredentials, type OpenedCredential } from './provider-credentials';
import type { OperationCompletion, StartedOperation } from './provider-operation';
import { SendPort } from './send-port';

/** A provider's answer, with the completion of the operation's row that goes into the same change. */
export interface Called<R extends OperationResult> {
  readonly result: R;
  readonly completion: OperationCompletion;
  readonly credential: OpenedCredential;
}

const sealedAad = (column: string, rowId: string): Aad => ({ table: 'ProviderOperation', column, rowId });

/** The provider of a code. Throws `payment.provider.unknown` or `payment.provider.not_supported`. */
export const providerOf = (code: string): PaymentProvider => {
  const provider = PROVIDERS.get(code as ProviderCode);
  const pointer = '/payment/provider';
  if (provider === undefined) {
    const detail = `${code} is not a provider; known are ${[...PROVIDERS.keys()].join(', ')}`;
    throw new AppError({ code: 'payment.provider.unknown', detail, errors: [{ pointer, detail }] });
  }
  if (provider.refusal !== null) {
    throw new AppError({
      code: 'payment.provider.not_supported',
      detail: provider.refusal,
      errors: [{ pointer, detail: provider.refusal }],
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
  started(attempt: Attempt, kind: OperationKind, now: number): StartedOperation {
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
    };
  }

  /** Asks for a QR or a URL. The operation's row is committed already. */
  async create(transaction: Transaction, attempt: Attempt, operationId: string): Promise<Called<CreateResult>> {
    const provider = providerOf(attempt.provider);
    const credential = await this.credentials.ofAttempt(provider, attempt.credentialId);
    return this.call('CREATE', attempt, operationId, credential, (send) =>
      provider.create(
        {
          configuration: credential.configuration,
          attemptUid: attempt.uid,
          amountMinor: attempt.amount,
          currency: transaction.currency,
          method: attempt.method,
          createdAtMs: attempt.createdAt,
          expiresAtMs: attempt.expiresAt,
          description: transaction.sourceUid,
        },
        send,
      ),
    );
  }

  /** Asks what became of an attempt. Its row is written here, before the call. */
  async query(transaction: Transaction, attempt: Attempt): Promise<Called<QueryResult> | undefined> {
    const provider = providerOf(attempt.provider);
    if (provider.query === undefined) return undefined;
    const ask = provider.query.bind(provider);
    const credential = await this.credentials.ofAttempt(provider, attempt.credentialId);
    const askedAtMs = this.clock.now();
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
    return this.call('QUERY', attempt, operation.id, credential, (send) =>
      ask(
        {
          configuration: credential.configuration,
          attemptUid: attempt.uid,
          amountMinor: attempt.amount,
          currency: transaction.currency,
          createdAtMs: attempt.createdAt,
          expiresAtMs: attempt.expiresAt,
          askedAtMs,
        },
        send,
      ),
    );
  }

  private async call<R extends OperationResult>(
    kind: OperationKind,
    attempt: Attempt,
    operationId: string,
    credential: OpenedCredential,
    work: (send: ReturnType<SendPort['for']>) => Promise<R>,
  ): Promise<Called<R>> {
    const started = performance.now();
    const result = await work(this.sending.for({ provider: attempt.provider, attemptId: attempt.id }));
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
    };
    return { result, completion, credential };
  }

  /** Evidence from outside may hold a card number by mistake; it never reaches our tables. */
  private sealed(column: string, rowId: string, text: string | undefined): string | null {
    return text === undefined ? null : this.ring.seal(maskCardNumbers(text), sealedAad(column, rowId));
  }
}
