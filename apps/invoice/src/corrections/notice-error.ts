import { Inject, Injectable } from '@nestjs/common';
import type { MerchantActor } from '@nx/authz';
import type { Clock } from '@nx/contracts';
import { CLOCK } from '@nx/observability';
import { Database } from '@nx/persistence';
import { invoiceNotFound } from '../invoices/read-invoices';
import { CorrectionRepository } from './correction.repository';
import type { ErrorNoticeRequest } from './correction.dto';
import { judgeCorrection, notSupported } from './judge-correction';

/**
 * Form 04/SS-HĐĐT for an error that changes neither tax code, money, rate, tax nor goods. The law is asked first, so
 * that whoever has to replace or adjust is told so; then the provider must have a call for it.
 */
@Injectable()
export class NoticeError {
  constructor(
    private readonly database: Database,
    private readonly corrections: CorrectionRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Throws what `judgeCorrection` throws, and `invoice.correction.not_supported` for every provider without the call. */
  async execute(id: string, request: ErrorNoticeRequest, actor: MerchantActor): Promise<never> {
    const standing = await this.database.transaction((tx) => this.corrections.held(tx, actor.merchantId, id));
    if (standing === undefined) throw invoiceNotFound();
    judgeCorrection('ERROR_NOTICE', request.cause, standing, this.clock.now());
    throw notSupported(standing.invoice.provider, 'ERROR_NOTICE');
  }
}
