import { validateBuyer } from './buyer';
import { checkCalculation } from './calculation/calculate-invoice';
import type { InvoiceCorrection, InvoiceDraft, InvoiceSeller } from './invoice';
import { parseInvoiceNumber } from './series/invoice-number';
import type { Problem } from './problem';
import { CAUSE_CODES } from './law/rules/error-rules';
import { checkSeries } from './series/symbol';
import { checkTaxCode } from './tax-code/check-tax-code';
import { textProblem } from './text-rules';
import { isIsoDate } from './vietnam-date';
import type { IsoDate } from './vietnam-date';

/** Lengths of Ten and DChi in the invoice format. */
const MAX_NAME = 400;
const MAX_REASON = 255;

/** Everything wrong with a draft, its calculation included. */
export function checkDraft(draft: InvoiceDraft): readonly Problem[] {
  const problems = [...sellerProblems(draft.seller)];
  for (const { pointer, detail } of validateBuyer(draft.buyer)) problems.push({ pointer: `/buyer${pointer}`, detail });
  problems.push(...checkSeries(draft.form, draft.symbol, draft.invoiceDate), ...methodProblems(draft));
  if (isIsoDate(draft.taxPoint) && isIsoDate(draft.invoiceDate) && draft.taxPoint > draft.invoiceDate) {
    problems.push({ pointer: '/taxPoint', detail: "lies after the invoice's date" });
  }
  problems.push(...correctionProblems(draft), ...checkCalculation(draft));
  return problems;
}

function sellerProblems(seller: InvoiceSeller): Problem[] {
  const problems: Problem[] = [];
  const code = checkTaxCode(seller.taxCode);
  if (!code.valid) problems.push({ pointer: '/seller/taxCode', detail: code.reason });
  const text = (member: keyof InvoiceSeller, required: boolean) => {
    const detail = textProblem(seller[member], MAX_NAME, required);
    if (detail !== undefined) problems.push({ pointer: `/seller/${member}`, detail });
  };
  text('name', true);
  text('address', true);
  // Decree 254/2026 Art. 10: a place of business is named with its code, its name and its address.
  const located = [seller.locationCode, seller.locationName, seller.locationAddress].some((part) => part !== undefined);
  text('locationCode', located);
  text('locationName', located);
  text('locationAddress', located);
  return problems;
}

function methodProblems({ form, taxMethod }: InvoiceDraft): Problem[] {
  const vat = form === 1 || form === 8;
  const sales = form === 2 || form === 9;
  if (vat && taxMethod !== 'DEDUCTION') {
    return [{ pointer: '/form', detail: `form ${form} shows VAT and needs the deduction method` }];
  }
  return sales && taxMethod !== 'DIRECT' ? [{ pointer: '/form', detail: `form ${form} is for the direct method` }] : [];
}

function correctionProblems(draft: InvoiceDraft): Problem[] {
  const { correction, invoiceDate } = draft;
  if (correction === undefined) {
    if (draft.adjustment !== true) return [];
    return [{ pointer: '/correction', detail: 'an adjustment names the invoice that it adjusts' }];
  }
  const problems = [...originalProblems(correction, invoiceDate)];
  if (correction.action === 'REPLACE' && draft.adjustment === true) {
    problems.push({ pointer: '/adjustment', detail: 'a replacement is a whole invoice, not a difference' });
  } else if (correction.action === 'ADJUST' && draft.adjustment !== true) {
    problems.push({ pointer: '/adjustment', detail: 'must be true where the invoice adjusts another' });
  }
  const reason = textProblem(correction.reason, MAX_REASON, true);
  if (reason !== undefined) problems.push({ pointer: '/correction/reason', detail: reason });
  const { causeCode } = correction;
  if (causeCode !== undefined && !/^\d{2}$/.test(causeCode)) {
    const known = CAUSE_CODES.map(({ code }) => code).join(', ');
    problems.push({ pointer: '/correction/causeCode', detail: `must be two digits; known are ${known}` });
  }
  return problems;
}

function originalProblems({ original }: InvoiceCorrection, invoiceDate: IsoDate): Problem[] {
  const problems = checkSeries(original.form, original.symbol, original.date).map(({ pointer, detail }) => ({
    pointer: `/correction/original${pointer === '/invoiceDate' ? '/date' : pointer}`,
    detail,
  }));
  if (parseInvoiceNumber(original.number) === undefined) {
    problems.push({ pointer: '/correction/original/number', detail: 'must be 1 to 99999999' });
  }
  if (isIsoDate(original.date) && isIsoDate(invoiceDate) && original.date > invoiceDate) {
    problems.push({ pointer: '/correction/original/date', detail: 'lies after the invoice that corrects it' });
  }
  return problems;
}
