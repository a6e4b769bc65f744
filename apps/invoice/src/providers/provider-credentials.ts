import { Injectable } from '@nestjs/common';
import { DecryptError, KeyRing } from '@nx/crypto';
import type { IssuerConnection } from '@nx/e-invoice';
import { Logger, Metrics, type Counter } from '@nx/observability';
import { Database } from '@nx/persistence';

/** What a merchant writes and nobody reads out again. */
export interface ProviderSecret {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Further secrets of providers that have more than two. */
  readonly credentials?: Readonly<Record<string, string>> | undefined;
}

interface ConnectionRow {
  id: string;
  provider: string;
  base_url: string;
  tax_code: string;
  credential: string;
  settings: Record<string, unknown>;
}

export interface ProviderConnection {
  readonly provider: string;
  readonly taxCode: string;
  readonly connection: IssuerConnection;
}

const TABLE = 'InvoiceProvider';

/** Seals and opens credentials of InvoiceProvider rows. */
@Injectable()
export class ProviderCredentials {
  private readonly mismatches: Counter;

  constructor(
    private readonly database: Database,
    private readonly ring: KeyRing,
    private readonly logger: Logger,
    metrics: Metrics,
  ) {
    const help = 'Sealed values that the ring does not open';
    this.mismatches = metrics.counter('invoice_decrypt_failures_total', help, ['table'], [{ table: TABLE }]);
  }

  seal(providerId: string, secret: ProviderSecret): string {
    return this.ring.seal(JSON.stringify(secret), aadOf(providerId));
  }

  /**
   * A connection ready for a call; undefined when the row does not exist. A deleted one still serves the invoices that
   * were made under it. Throws DecryptError.
   */
  async connection(providerId: string): Promise<ProviderConnection | undefined> {
    const [row] = await this.database.query<ConnectionRow>(
      `SELECT id, provider, base_url, tax_code, credential, settings FROM "InvoiceProvider" WHERE id = $1`,
      [providerId],
    );
    if (row === undefined) return undefined;
    const { clientId, clientSecret, credentials } = this.open(row);
    const { provider, base_url: baseUrl, tax_code: taxCode, settings } = row;
    return { provider, taxCode, connection: { baseUrl, taxCode, clientId, clientSecret, credentials, settings } };
  }

  private open(row: ConnectionRow): ProviderSecret {
    try {
      return JSON.parse(this.ring.open(row.credential, aadOf(row.id))) as ProviderSecret;
    } catch (error) {
      if (error instanceof DecryptError) {
        this.mismatches.inc({ table: TABLE });
        this.logger.error('decrypt failed', { table: TABLE, row: row.id, keyId: error.keyId });
      }
      throw error;
    }
  }
}

const aadOf = (providerId: string): { table: string; column: string; rowId: string } => ({
  table: TABLE,
  column: 'credential',
  rowId: providerId,
});
