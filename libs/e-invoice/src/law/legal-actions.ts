import type { InvoiceBuyer } from '../buyer';
import { CANCEL_RULES, CAUSE_CODES, ERROR_RULES, MANY_INVOICES_RULES, SAME_METHOD_RULES } from './rules/error-rules';
import type { CorrectionCause, CorrectionMethod, ErrorRule, ManyInvoicesRule, SeriesKind } from './rules/error-rules';
import { covers } from './rules/effective';
import type { SeriesLetter } from './rules/series-rules';
import type { IsoDate } from '../vietnam-date';

/**
 * Where an invoice stands for the law. `UNKNOWN` may have been issued; `AWAITING_CODE` is signed and sent but not valid
 * without the authority's code; `REFUSED` was refused by the authority.
 */
export type LegalState =
  'DRAFT' | 'QUEUED' | 'UNKNOWN' | 'AWAITING_CODE' | 'ISSUED' | 'REFUSED' | 'REPLACED' | 'CANCELLED';

export type LegalAction = 'CANCEL' | CorrectionMethod;
export const LEGAL_ACTIONS: readonly LegalAction[] = ['CANCEL', 'ERROR_NOTICE', 'ADJUST', 'REPLACE'];

/** How two invoices are linked, and what that makes of the first: an adjusted invoice lives on, a replaced one does not. */
export const CORRECTION_LINKS = {
  ADJUST: { link: 'ADJUSTS', inverse: 'ADJUSTED', stateOfOriginal: 'ISSUED' },
  REPLACE: { link: 'REPLACES', inverse: 'REPLACED', stateOfOriginal: 'REPLACED' },
} as const;

export interface LegalSituation {
  readonly state: LegalState;
  readonly letter: SeriesLetter;
  readonly hasCqtCode: boolean;
  /** The day of the action, which picks the law. */
  readonly date: IsoDate;
  /** Absent where nothing is to be corrected. */
  readonly cause?: CorrectionCause | undefined;
  /** How this invoice's first error was corrected: of a replacement `REPLACE`. */
  readonly firstMethod?: 'ADJUST' | 'REPLACE' | undefined;
  readonly buyerKind?: InvoiceBuyer['kind'] | undefined;
  /** Sold on an e-commerce platform, where the buyer's agreement is not needed. */
  readonly onPlatform?: boolean | undefined;
}

export interface LegalOptions {
  /** Sources disagree whether goods returned on a cash-register invoice are adjusted; default `ADJUST`. */
  readonly cashRegisterReturn?: 'ADJUST' | 'REPLACE' | undefined;
}

/** What the seller owes the buyer before correcting: a signed agreement, a notice (or a post on his website), nothing. */
export type BuyerConsent = 'WRITTEN_AGREEMENT' | 'NOTICE' | 'NONE';

export type LegalDecision =
  | {
      readonly action: LegalAction;
      readonly allowed: true;
      /** Null where the action touches no issued invoice. */
      readonly citation: string | null;
      readonly consent: BuyerConsent;
      /** T-VAN message of the error notice. */
      readonly message?: '300' | '303';
      /** Decision 1233 Annex XVII, where known. */
      readonly causeCode?: string;
    }
  | {
      readonly action: LegalAction;
      readonly allowed: false;
      readonly citation: string | null;
      readonly reason: string;
    };

/** Every action with what the law says about it on that day; `reason` tells what to do instead. */
export function legalActions(situation: LegalSituation, options: LegalOptions = {}): readonly LegalDecision[] {
  return LEGAL_ACTIONS.map((action) =>
    action === 'CANCEL' ? decideCancel(situation) : decideCorrection(action, situation, options),
  );
}

/** The decision on one action. */
export function legalDecision(
  action: LegalAction,
  situation: LegalSituation,
  options: LegalOptions = {},
): LegalDecision {
  return action === 'CANCEL' ? decideCancel(situation) : decideCorrection(action, situation, options);
}

/** The code that says why to the tax authority; undefined where no public source shows one. */
export function causeCodeOf(cause: CorrectionCause, letter: SeriesLetter, date: IsoDate): string | undefined {
  const series = seriesKind(letter);
  return CAUSE_CODES.find((row) => row.cause === cause && row.series.includes(series) && covers(row, date))?.code;
}

function decideCancel(situation: LegalSituation): LegalDecision {
  const action = 'CANCEL';
  const refuse = (reason: string, citation: string | null = null): LegalDecision => ({
    action,
    allowed: false,
    citation,
    reason,
  });
  switch (situation.state) {
    case 'DRAFT':
    case 'QUEUED':
      return { action, allowed: true, citation: null, consent: 'NONE' };
    case 'UNKNOWN':
      return refuse('it may have been issued; look it up first');
    case 'AWAITING_CODE':
      return refuse("the authority's answer is still to come");
    case 'CANCELLED':
      return refuse('it is cancelled already');
    case 'REPLACED':
      return refuse('it was replaced already');
    case 'ISSUED':
      break;
    case 'REFUSED':
      // Without its code an ordinary coded invoice never became valid, so nothing issued is cancelled.
      if (!isValid(situation)) return { action, allowed: true, citation: null, consent: 'NONE' };
  }
  const rule = CANCEL_RULES.find((candidate) => covers(candidate, situation.date));
  if (rule === undefined) return refuse(`no rule of the table covers ${situation.date}`);
  if (!rule.issuedMayBeCancelled) return refuse('an issued invoice is adjusted or replaced', rule.citation);
  return { action, allowed: true, citation: rule.citation, consent: consentOf(situation) };
}

function decideCorrection(action: CorrectionMethod, situation: LegalSituation, options: LegalOptions): LegalDecision {
  const refuse = (reason: string, citation: string | null = null): LegalDecision => ({
    action,
    allowed: false,
    citation,
    reason,
  });
  const early = notCorrectable(situation);
  if (early !== undefined) return refuse(early);
  const { cause, date, letter } = situation;
  if (cause === undefined) return refuse('nothing is to be corrected');
  const rule = ruleOf(cause, seriesKind(letter), date);
  if (rule === undefined) return refuse(`no rule of the table covers ${cause} on ${date}`);
  const { methods, citation } = narrowed(rule, situation, options);
  if (!methods.includes(action)) return refuse(`${cause} calls for ${methods.join(' or ')}`, citation);
  const code = causeCodeOf(cause, letter, date);
  return {
    action,
    allowed: true,
    citation,
    consent: action === 'ERROR_NOTICE' ? 'NOTICE' : consentOf(situation),
    ...(action === 'ERROR_NOTICE' ? { message: letter === 'M' ? '303' : '300' } : {}),
    ...(code === undefined ? {} : { causeCode: code }),
  };
}

function notCorrectable(situation: LegalSituation): string | undefined {
  switch (situation.state) {
    case 'DRAFT':
    case 'QUEUED':
      return 'it is not issued; change or cancel it';
    case 'UNKNOWN':
      return 'it may have been issued; look it up first';
    case 'AWAITING_CODE':
      return "it is not valid before the authority's code";
    case 'REFUSED':
      return isValid(situation) ? undefined : 'the authority gave it no code; issue a new one';
    case 'REPLACED':
      return 'it was replaced; correct the replacement';
    case 'CANCELLED':
      return 'it is cancelled';
    case 'ISSUED':
      return undefined;
  }
}

/** An ordinary coded invoice is valid only with the authority's code; the others are when they are issued. */
function isValid({ state, hasCqtCode, letter }: LegalSituation): boolean {
  return state !== 'REFUSED' || !hasCqtCode || letter === 'M';
}

function ruleOf(cause: CorrectionCause, series: SeriesKind, date: IsoDate): ErrorRule | undefined {
  return ERROR_RULES.find((row) => row.cause === cause && row.series.includes(series) && covers(row, date));
}

/** The rule's methods after the choice that the first error made, and after the site's reading of returns. */
function narrowed(
  rule: ErrorRule,
  { letter, date, firstMethod }: LegalSituation,
  { cashRegisterReturn }: LegalOptions,
): Pick<ErrorRule, 'methods' | 'citation'> {
  const same = SAME_METHOD_RULES.find((row) => covers(row, date));
  if (rule.cause === 'MATERIAL_ERROR' && firstMethod !== undefined && same !== undefined) {
    return { methods: [firstMethod], citation: same.citation };
  }
  if (rule.cause === 'GOODS_RETURNED' && letter === 'M' && cashRegisterReturn !== undefined) {
    return { methods: [cashRegisterReturn], citation: rule.citation };
  }
  return rule;
}

function consentOf({ buyerKind, onPlatform }: LegalSituation): BuyerConsent {
  if (onPlatform === true) return 'NONE';
  return buyerKind === 'COMPANY' ? 'WRITTEN_AGREEMENT' : 'NOTICE';
}

function seriesKind(letter: SeriesLetter): SeriesKind {
  return letter === 'M' ? 'CASH_REGISTER' : 'OTHER';
}

/** One of many wrong invoices that one correction with a list shall cover. */
export interface WrongInvoice {
  readonly buyerTaxCode: string;
  readonly date: IsoDate;
  readonly cause: CorrectionCause;
  readonly hasCqtCode: boolean;
}

export type ManyDecision =
  | {
      readonly allowed: true;
      readonly form: ManyInvoicesRule['form'];
      readonly message: '208' | '210';
      readonly citation: string;
    }
  | { readonly allowed: false; readonly citation: string | null; readonly reason: string };

/** Whether one adjustment or replacement with list 01/BK-ĐCTT may cover these: one buyer, one month, one error. */
export function correctMany(invoices: readonly WrongInvoice[], date: IsoDate): ManyDecision {
  const rule = MANY_INVOICES_RULES.find((row) => covers(row, date));
  if (rule === undefined) return { allowed: false, citation: null, reason: `no rule of the table covers ${date}` };
  const { citation, form, messages } = rule;
  const refuse = (reason: string): ManyDecision => ({ allowed: false, citation, reason });
  const [first] = invoices;
  if (first === undefined || invoices.length < 2) return refuse('a list is for two invoices or more');
  const all = (same: (invoice: WrongInvoice) => boolean) => invoices.every(same);
  if (!all((invoice) => invoice.buyerTaxCode === first.buyerTaxCode)) return refuse('they have different buyers');
  if (!all((invoice) => invoice.date.slice(0, 7) === first.date.slice(0, 7)))
    return refuse('they are of different months');
  if (!all((invoice) => invoice.cause === first.cause)) return refuse('they have different errors');
  if (!all((invoice) => invoice.hasCqtCode === first.hasCqtCode)) {
    return refuse('coded and uncoded series are corrected by different messages');
  }
  return { allowed: true, form, message: first.hasCqtCode ? messages.coded : messages.uncoded, citation };
}
