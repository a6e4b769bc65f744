import type { FaultKind } from './fault-kinds';

/** A body of the sandbox's `POST /faults`, or of `POST /sale/subscriber`. */
export type ArmedFault =
  | { readonly to: '/faults'; readonly body: Readonly<Record<string, string | number>> }
  | { readonly to: '/sale/subscriber'; readonly body: Readonly<Record<string, string | number>> };

interface SandboxFault {
  readonly kind: FaultKind;
  readonly name: string;
  readonly arm: readonly ArmedFault[];
}

const strike = (kind: string, targets: readonly string[], more: Readonly<Record<string, number>>): ArmedFault[] =>
  targets.map((target) => ({ to: '/faults', body: { kind, target, ...more } }));

const CALLBACKS = ['vnpay-qr-mms.callback', 'vnpay-gateway.ipn'];
const CREATE = ['vnpay-qr-mms.create'];
const REFUNDS = ['vnpay-qr-mms.refund', 'vnpay-gateway.refund'];
const QUERIES = ['vnpay-qr-mms.check', 'vnpay-gateway.query'];
const ISSUE = ['vnpay-invoice.issue'];

/** Longer than our services wait for a provider in a drill. */
const SILENCE = { ms: 6_000 };

/** What the world outside does wrong: each is armed for a while and then disarmed. */
export const SANDBOX_FAULTS: readonly SandboxFault[] = [
  { kind: 'provider', name: 'callbacks late', arm: strike('delay', CALLBACKS, { probability: 0.5, ms: 3_000 }) },
  { kind: 'provider', name: 'callbacks twice', arm: strike('duplicate', CALLBACKS, { probability: 0.5, times: 2 }) },
  {
    kind: 'provider',
    name: 'callbacks out of order',
    arm: strike('reorder', CALLBACKS, { probability: 0.5, ms: 2_000 }),
  },
  { kind: 'provider', name: 'callbacks lost', arm: strike('drop', CALLBACKS, { probability: 0.5 }) },
  {
    kind: 'provider',
    name: 'callbacks with a bad signature',
    arm: strike('bad-signature', CALLBACKS, { probability: 0.4 }),
  },
  {
    kind: 'provider',
    name: 'create done, then silence',
    arm: strike('charge-then-timeout', CREATE, { probability: 0.4, ...SILENCE }),
  },
  { kind: 'provider', name: 'create done, then 5xx', arm: strike('done-then-5xx', CREATE, { probability: 0.4 }) },
  { kind: 'provider', name: 'create answers 5xx', arm: strike('5xx', CREATE, { probability: 0.5 }) },
  { kind: 'provider', name: 'create cut', arm: strike('drop', CREATE, { probability: 0.4 }) },
  {
    kind: 'provider',
    name: 'refund done, then silence',
    arm: strike('charge-then-timeout', REFUNDS, { probability: 0.5, ...SILENCE }),
  },
  { kind: 'provider', name: 'refund done, then 5xx', arm: strike('done-then-5xx', REFUNDS, { probability: 0.5 }) },
  { kind: 'provider', name: 'refund answers 5xx', arm: strike('5xx', REFUNDS, { probability: 0.5 }) },
  {
    kind: 'provider',
    name: 'refund rejected later',
    arm: strike('rejected-later', ['vnpay-gateway.refund'], { probability: 0.5 }),
  },
  { kind: 'look-up', name: 'queries fail', arm: strike('look-up-failure', QUERIES, { probability: 0.7 }) },
  { kind: 'look-up', name: 'queries answer 5xx', arm: strike('5xx', QUERIES, { probability: 0.7 }) },
  { kind: 'look-up', name: 'queries cut', arm: strike('drop', QUERIES, { probability: 0.7 }) },
  {
    kind: 'vendor',
    name: 'issued, then silence',
    arm: strike('issued-then-timeout', ISSUE, { probability: 0.5, ...SILENCE, visibleAfterMs: 100 }),
  },
  { kind: 'vendor', name: 'issued, then 5xx', arm: strike('done-then-5xx', ISSUE, { probability: 0.5 }) },
  { kind: 'vendor', name: 'issue answers 5xx', arm: strike('5xx', ISSUE, { probability: 0.5 }) },
  {
    kind: 'vendor',
    name: 'invoice look-ups fail',
    arm: [
      ...strike('look-up-failure', ['vnpay-invoice.look-up'], { probability: 0.5 }),
      ...strike('done-then-5xx', ISSUE, { probability: 0.4 }),
    ],
  },
  { kind: 'vendor', name: 'expired tokens', arm: strike('expired-token', ISSUE, { probability: 0.5 }) },
  { kind: 'subscriber', name: 'sale down', arm: [{ to: '/sale/subscriber', body: { mode: 'down' } }] },
  {
    kind: 'subscriber',
    name: 'sale answers 503',
    arm: [{ to: '/sale/subscriber', body: { mode: 'status', status: 503 } }],
  },
  {
    kind: 'subscriber',
    name: 'sale asks for patience',
    arm: [{ to: '/sale/subscriber', body: { mode: 'status', status: 429, retryAfter: 1 } }],
  },
];
