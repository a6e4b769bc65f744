import { adjusted, claim, failedOver, replaced, unclaimed } from './flows/invoices';
import { contested, matched, reversed } from './flows/operations';
import { refund, refundQr, tooLate } from './flows/refunds';
import { ask, cancelled, gateway, qr, verify } from './flows/sales';
import type { Flow } from './flows/steps';

/** What every day brings: between them these pass every point but those that a case passes alone. */
const SALES = { qr, claim, gateway, verify, ask, cancelled, refund, refundQr, tooLate } satisfies Record<string, Flow>;

/** What comes now and then. */
const CASES = { unclaimed, adjusted, replaced, failedOver, matched, reversed, contested } satisfies Record<
  string,
  Flow
>;

/** Every flow by its name. */
export const FLOWS: Readonly<Record<string, Flow>> = { ...SALES, ...CASES };

/** Points that one flow alone passes. */
const OWN: readonly (readonly [RegExp, keyof typeof SALES | keyof typeof CASES])[] = [
  [/:POST\/payments\/verify$/, 'verify'],
  [/:POST\/payments\/cancel$/, 'cancelled'],
  [/:POST\/transactions\/\{id\}\/refunds$/, 'refund'],
  [/:POST\/claims\/\{token\}$/, 'claim'],
  [/:claim-expiry$/, 'unclaimed'],
  [/\/adjust$|\.adjust:/, 'adjusted'],
  [/\/replace$|\.replace:/, 'replaced'],
  [/\/(issue|failover)$/, 'failedOver'],
  [/\/suspense\/|update-IpnInbox/, 'matched'],
  [/\/reverse$/, 'reversed'],
  [/\/chargebacks/, 'contested'],
];

/**
 * The flows that pass a point for sure: the only one that does, or all sales. A machine that sells no more than it needs
 * to has the more time for recoveries.
 */
export function flowsThatPass(point: string): [string, Flow][] {
  const names = OWN.filter(([own]) => own.test(point)).map(([, name]) => name);
  return names.length === 0 ? Object.entries(SALES) : names.map((name) => [name, FLOWS[name] as Flow]);
}
