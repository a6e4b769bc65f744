import { AppError } from '@nx/contracts';
import {
  ERROR_RULES,
  legalActions,
  legalDecision,
  type CorrectionCause,
  type CorrectionMethod,
  type LegalDecision,
  type OriginalInvoice,
} from '@nx/e-invoice';
import type { Invoice } from '../invoices/invoice';
import { issuerOf } from '../issuance/call-issuer';
import { legalStateOf, replacementOf, situationOf, type Standing } from './correction-standing';

export type Allowed = Extract<LegalDecision, { readonly allowed: true }>;

/** Every cause that the law's table knows. */
export const CORRECTION_CAUSES: readonly CorrectionCause[] = [...new Set(ERROR_RULES.map(({ cause }) => cause))];

/**
 * Whether the law lets this invoice be corrected so. Throws `invoice.correction.state` for an invoice that nothing of
 * the kind can be done to now, and `invoice.correction.method` where another way is prescribed; both say which.
 */
export function judgeCorrection(
  action: CorrectionMethod,
  cause: CorrectionCause,
  standing: Standing,
  now: number,
): Allowed {
  const { invoice } = standing;
  if (invoice.origin === '100_ADJUSTMENT') {
    const detail = `It is an adjustment: correct invoice ${invoice.parentId ?? '-'}, which it adjusts.`;
    throw state(invoice, detail, { originalInvoiceId: invoice.parentId });
  }
  const situation = situationOf(standing, cause, now);
  const decision = legalDecision(action, situation);
  if (decision.allowed) {
    const replacement = replacementOf(standing);
    if (replacement === undefined) return decision;
    const detail = `Replacement ${replacement.id} is on its way (${replacement.status}): wait for it, or cancel it.`;
    throw state(invoice, detail, { replacementId: replacement.id });
  }
  if (legalStateOf(standing) !== 'ISSUED') {
    const extra = { issuanceStatus: invoice.status, replacementId: replacementOf(standing)?.id };
    throw state(invoice, `${sentence(decision.reason)}`, extra);
  }
  const instead = legalActions(situation).filter(({ allowed }) => allowed);
  throw new AppError({
    code: 'invoice.correction.method',
    detail: `${sentence(decision.reason)} ${decision.citation ?? ''}`.trim(),
    errors: [{ pointer: '/cause', detail: decision.reason }],
    extra: { invoiceId: invoice.id, citation: decision.citation, allowed: instead.map((other) => other.action) },
  });
}

/** Throws `invoice.correction.not_supported` (501) where the provider's public protocol has no such call. */
export function demandCapability(provider: string, action: Exclude<CorrectionMethod, 'ERROR_NOTICE'>): void {
  const { capabilities, adjust } = issuerOf(provider);
  const carried = { ADJUST: capabilities.adjust, REPLACE: capabilities.replace }[action];
  if (!carried || adjust === undefined) throw notSupported(provider, action);
}

/** The error of a call that a provider's public protocol does not have. */
export const notSupported = (provider: string, action: CorrectionMethod): AppError =>
  new AppError({
    code: 'invoice.correction.not_supported',
    detail: `The public protocol of ${provider} has no call for ${action}. Do it on the provider's own pages.`,
    extra: { provider, action },
  });

/** An issued invoice as another one names it. */
export function originalOf(invoice: Invoice): OriginalInvoice & { readonly providerKey: string } {
  const { invoiceNumber: number, invoiceDate: date, providerKey } = invoice;
  if (number === null || date === null || providerKey === null) {
    throw new Error(`invoice ${invoice.id} is ${invoice.status} without number, day or key`);
  }
  return { form: invoice.invoiceForm, symbol: invoice.invoiceSymbol, number, date, providerKey };
}

const sentence = (reason: string): string => `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`;

const state = (invoice: Invoice, detail: string, extra: object): AppError =>
  new AppError({ code: 'invoice.correction.state', detail, extra: { invoiceId: invoice.id, ...extra } });
