import { Inject, Injectable } from '@nestjs/common';
import type { AttemptStatusCode, Clock } from '@nx/contracts';
import { GatewayMessageError, readGatewayReturn, type GatewayReturn } from '@nx/mq-pay';
import { CLOCK } from '@nx/observability';
import { Database, type Statement } from '@nx/persistence';
import { ProviderCredentials } from '../providers/provider-credentials';

/** What the buyer may be told: the truth of our own record, never what the browser brought. */
export type ReturnView =
  { readonly state: 'PAID' | 'NOT_PAID' | 'CONFIRMING'; readonly reference: string } | { readonly state: 'INVALID' };

interface ReturnedRow {
  status: AttemptStatusCode;
}

/** The IPN usually comes at the same moment; a question before it would only use up the terminal's turn. */
const ASK_AFTER_MS = 15_000;

/**
 * Brings the next question forward where nothing is proven yet, and reads how things stand.
 * $1 uid, $2 provider, $3 credential ids, $4 when to ask.
 */
const NOTE_RETURN = `
WITH moved AS (
  UPDATE "PaymentAttempt" SET next_query_at = $4
  WHERE uid = $1 AND type = '100_PAYMENT' AND provider = $2 AND credential_id = ANY ($3::text[])
    AND status IN ('204_SENT', '000_UNKNOWN') AND next_query_at > $4
  RETURNING id
)
SELECT a.status FROM "PaymentAttempt" a
WHERE a.uid = $1 AND a.type = '100_PAYMENT' AND a.provider = $2 AND a.credential_id = ANY ($3::text[])`;

/** The buyer is back from the pay page. That proves nothing: it shows our own record and makes us ask soon. */
@Injectable()
export class ReceiveReturn {
  private readonly note: Statement<ReturnedRow>;

  constructor(
    database: Database,
    private readonly credentials: ProviderCredentials,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.note = database.statement('ipn-return', NOTE_RETURN);
  }

  /** `query` without the question mark. INVALID for what nobody has signed. */
  async execute(query: string): Promise<ReturnView> {
    const unverified = read(query, []);
    if (unverified === undefined) return { state: 'INVALID' };
    const { secrets } = await this.credentials.callbackSecrets('VNPAY_GATEWAY', unverified.tmnCode);
    const index =
      read(
        query,
        secrets.map(({ secret }) => secret),
      )?.verifiedBy ?? null;
    const signer = index === null ? undefined : secrets[index];
    if (signer === undefined) return { state: 'INVALID' };
    const credentialIds = secrets
      .filter(({ secret }) => secret === signer.secret)
      .map(({ credentialId }) => credentialId);
    const askAt = new Date(this.clock.now() + ASK_AFTER_MS);
    const [row] = await this.note.run([unverified.txnRef, 'VNPAY_GATEWAY', credentialIds, askAt]);
    if (row === undefined) return { state: 'INVALID' };
    return { state: stateOf(row.status), reference: unverified.txnRef };
  }
}

const read = (query: string, secrets: readonly string[]): GatewayReturn | undefined => {
  try {
    return readGatewayReturn(query, secrets);
  } catch (error) {
    if (error instanceof GatewayMessageError) return undefined;
    throw error;
  }
};

const stateOf = (status: AttemptStatusCode): 'PAID' | 'NOT_PAID' | 'CONFIRMING' => {
  if (status === '302_SUCCESS') return 'PAID';
  return status === '100_NEW' || status === '204_SENT' || status === '000_UNKNOWN' ? 'CONFIRMING' : 'NOT_PAID';
};
