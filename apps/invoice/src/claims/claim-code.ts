import { Injectable } from '@nestjs/common';
import { toDataURL } from 'qrcode';
import { InvoiceConfig } from '../invoice.config';
import type { ClaimView } from '../invoices/invoice.view';
import { ClaimTokens } from './claim-token';
import type { InvoiceRequest } from './invoice-request.repository';

/** Draws the code of a receipt again for those who may read the invoice; nothing of it is stored. */
@Injectable()
export class ClaimCode {
  constructor(
    private readonly tokens: ClaimTokens,
    private readonly config: InvoiceConfig,
  ) {}

  /** The claim of a request; address and QR only while it is open. Null where nobody has to claim. */
  async of(request: InvoiceRequest | undefined): Promise<ClaimView | null> {
    if (request === undefined || request.claimState === null) return null;
    const shared = { state: request.claimState, deadline: request.deadline?.toISOString() ?? null };
    const url = this.url(request);
    if (url === null) return { ...shared, url: null, qrDataUrl: null };
    return { ...shared, url, qrDataUrl: await toDataURL(url, { errorCorrectionLevel: 'M', margin: 2, width: 256 }) };
  }

  private url({ claimState, keyId, id, tokenVersion }: InvoiceRequest): string | null {
    if (claimState !== 'PENDING' || keyId === null) return null;
    const token = this.tokens.again(keyId, id, tokenVersion);
    return token === undefined ? null : `${this.config.claims.pageUrl.replace(/\/+$/, '')}/${token}`;
  }
}
