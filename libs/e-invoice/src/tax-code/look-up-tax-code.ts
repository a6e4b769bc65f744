import type { Send } from '@nx/contracts';
import { checkTaxCode } from './check-tax-code';

/** Why a register gave no answer that can be used. */
export type LookUpFailure =
  'INVALID_TAX_CODE' | 'NO_ANSWER' | 'STATUS' | 'TOO_LARGE' | 'NOT_JSON' | 'WRONG_SHAPE' | 'OTHER_CODE';

/**
 * A hint for a form, never a proof: the register does not say whether a company is active, and its addresses may be
 * those of before July 2025. `UNAVAILABLE` says nothing about the code.
 */
export type TaxCodeLookUp =
  | {
      readonly outcome: 'FOUND';
      readonly taxCode: string;
      readonly name: string;
      readonly internationalName: string | null;
      readonly shortName: string | null;
      readonly address: string | null;
    }
  | { readonly outcome: 'NOT_FOUND' }
  | { readonly outcome: 'UNAVAILABLE'; readonly failure: LookUpFailure };

export interface TaxCodeLookUpOptions {
  /** The code is appended to it as the last part of the path. Default: VietQR's business register. */
  readonly baseUrl?: string | undefined;
  /** Of the whole exchange; default 5,000. */
  readonly timeoutMs?: number | undefined;
}

export const VIETQR_BUSINESS_URL = 'https://api.vietqr.io/v2/business';

const DEFAULT_TIMEOUT_MS = 5_000;
const MAX_BODY = 64 * 1024;
const MAX_TEXT = 1_000;

type Members = Readonly<Record<string, unknown>>;

/**
 * Asks a register that speaks VietQR's business API for the name and address of a tax code: one request, no retry, no
 * cache; both belong to the caller. Never throws, whatever `send` does and whatever comes back.
 */
export async function lookUpTaxCode(
  taxCode: string,
  send: Send,
  options: TaxCodeLookUpOptions = {},
): Promise<TaxCodeLookUp> {
  const check = checkTaxCode(taxCode);
  if (!check.valid) return unavailable('INVALID_TAX_CODE');
  const url = `${(options.baseUrl ?? VIETQR_BUSINESS_URL).replace(/\/+$/, '')}/${check.normalized}`;
  const headers = { accept: 'application/json' };
  try {
    const answer = await send({ method: 'GET', url, headers, timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS });
    if (answer.status !== 200) return unavailable('STATUS');
    return readTaxCodeAnswer(answer.body, check.normalized);
  } catch {
    // Whatever went wrong on the way, the form goes on without the hint.
    return unavailable('NO_ANSWER');
  }
}

/** Reads `{code: "00", data: {id, name, …}}`; any other code means that the register does not know the company. */
function readTaxCodeAnswer(body: string, asked: string): TaxCodeLookUp {
  if (body.length > MAX_BODY) return unavailable('TOO_LARGE');
  const answer = parse(body);
  if (answer === undefined) return unavailable('NOT_JSON');
  if (!isMembers(answer) || typeof answer['code'] !== 'string') return unavailable('WRONG_SHAPE');
  if (answer['code'] !== '00') return { outcome: 'NOT_FOUND' };
  const { data } = answer;
  if (!isMembers(data) || typeof data['id'] !== 'string') return unavailable('WRONG_SHAPE');
  if (checkTaxCode(data['id']).normalized !== asked) return unavailable('OTHER_CODE');
  const name = textOf(data['name']);
  const [internationalName, shortName, address] = ['internationalName', 'shortName', 'address'].map((member) =>
    textOf(data[member]),
  );
  // The name is what the hint is for; undefined marks a member of the wrong type.
  if (name === null || name === undefined) return unavailable('WRONG_SHAPE');
  if (internationalName === undefined || shortName === undefined || address === undefined) {
    return unavailable('WRONG_SHAPE');
  }
  return { outcome: 'FOUND', taxCode: asked, name, internationalName, shortName, address };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Null for a member that is absent or empty, undefined for one that is no text or far too long. */
function textOf(value: unknown): string | null | undefined {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string' || value.length > MAX_TEXT) return undefined;
  const text = value
    .normalize('NFC')
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  return text === '' ? null : text;
}

function unavailable(failure: LookUpFailure): TaxCodeLookUp {
  return { outcome: 'UNAVAILABLE', failure };
}
