import { maskCardNumbers } from '@nx/crypto';
import type { ParsedCallback, RawCallback } from '@nx/mq-pay';

interface StoredCallback {
  /** As it came, with the digits of card-like numbers turned to stars: evidence for people, never read again. */
  readonly body: string;
  readonly query: string;
  /** What was read before anything was masked; absent in rows of older releases. */
  readonly parsed?: Omit<ParsedCallback, 'amountMinor'> & { readonly amountMinor: string };
}

/**
 * The text of a callback's row, before it is sealed. What is applied later is the reading of the very bytes that were
 * verified: one time of payment in ten, and any reference of 13 digits, could be a card's number and would be masked.
 */
export const storedCallback = (raw: RawCallback, parsed: ParsedCallback): string => {
  const stored: StoredCallback = {
    body: maskCardNumbers(raw.body),
    query: maskCardNumbers(raw.query),
    parsed: { ...parsed, amountMinor: parsed.amountMinor.toString() },
  };
  return JSON.stringify(stored);
};

/** The reading of a row's opened text; `parse` reads those that were stored without one. */
export const parsedOf = (
  text: string,
  parse: (raw: Pick<RawCallback, 'body' | 'query'>) => ParsedCallback,
): ParsedCallback => {
  const { body, query, parsed } = JSON.parse(text) as StoredCallback;
  return parsed === undefined ? parse({ body, query }) : { ...parsed, amountMinor: BigInt(parsed.amountMinor) };
};
