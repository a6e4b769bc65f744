import { Inject, Injectable } from '@nestjs/common';
import { AppError, invalidField, type Clock, type Send } from '@nx/contracts';
import { checkTaxCode, lookUpTaxCode } from '@nx/e-invoice';
import { OutboundClient } from '@nx/http';
import { CLOCK } from '@nx/observability';
import { Database } from '@nx/persistence';
import { InvoiceConfig } from '../invoice.config';
import type { TaxCodeView } from './tax-info.dto';

interface Found {
  readonly found: boolean;
  readonly name: string | null;
  readonly address: string | null;
}

interface LookupRow extends Found {
  looked_up_at: Date;
}

/**
 * Checks a tax code and asks a public register for its name and address: a hint for a form. The register says nothing
 * about whether a company is active, may be away, and never stands in the way of a claim.
 */
@Injectable()
export class LookUpTaxCode {
  constructor(
    private readonly database: Database,
    private readonly client: OutboundClient,
    private readonly config: InvoiceConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Throws `invoice.tax_code.invalid`, and `invoice.tax_info.not_found` with the check's result where nothing is known. */
  async execute(taxCode: string): Promise<TaxCodeView> {
    const check = checkTaxCode(taxCode);
    if (!check.valid) throw invalidField('invoice.tax_code.invalid', '/taxCode', check.reason);
    const checked = { taxCode: check.normalized, kind: check.kind, warning: check.warning ?? null };
    const found = await this.known(check.normalized);
    if (found?.found !== true) {
      const detail = 'The code is well formed; nothing more is known about it.';
      throw new AppError({ code: 'invoice.tax_info.not_found', detail, extra: { check: checked } });
    }
    return { ...checked, name: found.name, address: found.address };
  }

  private async known(taxCode: string): Promise<Found | undefined> {
    const { taxLookupUrl, taxLookupCacheMs } = this.config.neighbours;
    if (taxLookupUrl === undefined) return undefined;
    const [cached] = await this.database.query<LookupRow>(
      `SELECT found, name, address, looked_up_at FROM tax."TaxCodeLookup" WHERE tax_code = $1`,
      [taxCode],
    );
    const now = this.clock.now();
    if (cached !== undefined && now - cached.looked_up_at.getTime() < taxLookupCacheMs) return cached;
    const fresh = await this.ask(taxCode, taxLookupUrl);
    if (fresh === undefined) return cached;
    await this.database.execute(
      `INSERT INTO tax."TaxCodeLookup" (tax_code, found, name, address, looked_up_at) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (tax_code) DO UPDATE SET found = $2, name = $3, address = $4, looked_up_at = $5`,
      [taxCode, fresh.found, fresh.name, fresh.address, new Date(now)],
    );
    return fresh;
  }

  /** The register's answer; undefined when it gave none that can be used. */
  private async ask(taxCode: string, baseUrl: string): Promise<Found | undefined> {
    const timeoutMs = this.config.neighbours.taxLookupTimeoutMs;
    const send: Send = async ({ method, url, headers: asked }) => {
      const call = { name: 'tax register', timeoutMs };
      const { status, headers, body } = await this.client.request({ method, url, headers: asked }, call);
      return { status, headers, body: body.toString('utf8') };
    };
    const answer = await lookUpTaxCode(taxCode, send, { baseUrl, timeoutMs });
    if (answer.outcome === 'UNAVAILABLE') return undefined;
    if (answer.outcome === 'NOT_FOUND') return { found: false, name: null, address: null };
    return { found: true, name: answer.name, address: answer.address };
  }
}
