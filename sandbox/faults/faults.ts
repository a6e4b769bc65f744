import { Reader } from '../shared/reader';
import { SandboxError } from '../shared/errors';
import { derivedFraction } from '../shared/random';

/** What can go wrong. Which kinds mean something at which place stands in `TARGETS`. */
export const FAULT_KINDS = [
  'delay',
  'drop',
  '5xx',
  'malformed',
  'refuse',
  'slow-body',
  'bad-signature',
  'wrong-amount',
  'duplicate',
  'reorder',
  'charge-then-timeout',
  'issued-then-timeout',
  'done-then-5xx',
  'look-up-failure',
  'expired-token',
  'rejected-later',
  'coded-later',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

const TRANSPORT: readonly FaultKind[] = ['delay', 'drop', '5xx', 'malformed', 'slow-body'];

/** Every place where a fault can strike, and the kinds that it understands. */
export const TARGETS = {
  'identity.jwks': TRANSPORT,
  'vnpay-qr-mms.create': [...TRANSPORT, 'refuse', 'bad-signature', 'charge-then-timeout', 'done-then-5xx'],
  'vnpay-qr-mms.check': [...TRANSPORT, 'refuse', 'bad-signature', 'wrong-amount', 'look-up-failure'],
  'vnpay-qr-mms.refund': [...TRANSPORT, 'refuse', 'bad-signature', 'charge-then-timeout', 'done-then-5xx'],
  'vnpay-qr-mms.callback': ['delay', 'drop', 'duplicate', 'reorder', 'wrong-amount', 'bad-signature'],
  'vnpay-gateway.return': ['bad-signature', 'wrong-amount'],
  'vnpay-gateway.ipn': ['delay', 'drop', 'duplicate', 'reorder', 'wrong-amount', 'bad-signature'],
  'vnpay-gateway.query': [...TRANSPORT, 'refuse', 'bad-signature', 'wrong-amount', 'look-up-failure'],
  'vnpay-gateway.refund': [
    ...TRANSPORT,
    'refuse',
    'bad-signature',
    'charge-then-timeout',
    'done-then-5xx',
    'rejected-later',
  ],
  'vnpay-invoice.token': [...TRANSPORT, 'refuse'],
  'vnpay-invoice.issue': [
    ...TRANSPORT,
    'refuse',
    'issued-then-timeout',
    'done-then-5xx',
    'expired-token',
    'coded-later',
  ],
  'vnpay-invoice.look-up': [...TRANSPORT, 'look-up-failure', 'expired-token'],
  'vnpay-invoice.pdf': [...TRANSPORT, 'look-up-failure', 'expired-token'],
  'sale.webhook': TRANSPORT,
  'sale.orders': TRANSPORT,
  'sale.payment-success': ['delay', 'drop', 'duplicate', 'reorder', 'wrong-amount'],
  'commerce.cdc': ['delay', 'drop', 'duplicate', 'reorder'],
} satisfies Record<string, readonly FaultKind[]>;
export type FaultTarget = keyof typeof TARGETS;
const TARGET_NAMES = Object.keys(TARGETS) as FaultTarget[];

/** An armed fault. `probability` is per business key and its n-th call, so the order of parallel calls changes nothing. */
export interface Fault {
  readonly id: number;
  readonly kind: FaultKind;
  readonly target: FaultTarget;
  readonly probability: number;
  /** How often it may still strike; null = without end. */
  remaining: number | null;
  readonly seed: string;
  /** Strikes only keys that contain this text (txnId, requestId, order id, merchant id). */
  readonly match: string | undefined;
  /** coded-later: when the authority's code is there · delay, slow-body: how long · …-then-timeout: when the connection is cut · reorder: longest hold. */
  readonly ms: number;
  /** HTTP status of 5xx and done-then-5xx. */
  readonly status: number;
  /** Provider code of refuse and look-up-failure. */
  readonly code: string | undefined;
  /** wrong-amount: added to the amount, in đồng. */
  readonly amountDelta: number;
  /** duplicate: how many more. */
  readonly times: number;
  /** issued-then-timeout: look-ups do not see the invoice before this many milliseconds have passed. */
  readonly visibleAfterMs: number;
  fired: number;
}

/** The faults that strike one call. */
export class Drawn {
  constructor(private readonly faults: readonly Fault[]) {}

  find(...kinds: FaultKind[]): Fault | undefined {
    return this.faults.find((fault) => kinds.includes(fault.kind));
  }
}

const DEFAULT_MS: Partial<Record<FaultKind, number>> = {
  delay: 1_000,
  'slow-body': 5_000,
  reorder: 1_000,
  'charge-then-timeout': 30_000,
  'issued-then-timeout': 30_000,
};

export class Faults {
  private armed: Fault[] = [];
  private readonly calls = new Map<string, number>();
  private lastId = 0;

  constructor(private readonly seed: string) {}

  /** Throws SandboxError 422 when the kind means nothing at the target. */
  arm(body: unknown): Fault {
    const read = new Reader(body);
    const kind = read.oneOf('kind', FAULT_KINDS);
    const target = read.oneOf('target', TARGET_NAMES);
    const allowed: readonly FaultKind[] = TARGETS[target];
    if (!allowed.includes(kind)) {
      throw new SandboxError(422, `/kind ${kind} means nothing at ${target}; there: ${allowed.join(', ')}`);
    }
    const probability = read.optionalNumber('probability') ?? 1;
    if (probability < 0 || probability > 1) throw read.wrong('probability', 'must be between 0 and 1');
    this.lastId += 1;
    const fault: Fault = {
      id: this.lastId,
      kind,
      target,
      probability,
      remaining: read.optionalInteger('count') ?? null,
      seed: read.has('seed') ? String(read.raw('seed')) : `${this.seed}/${this.lastId}`,
      match: read.optionalText('match'),
      ms: read.optionalInteger('ms') ?? DEFAULT_MS[kind] ?? 0,
      status: read.optionalInteger('status') ?? 503,
      code: read.optionalText('code'),
      amountDelta: read.optionalInteger('amountDelta') ?? 1_000,
      times: read.optionalInteger('times') ?? 1,
      visibleAfterMs: read.optionalInteger('visibleAfterMs') ?? 0,
      fired: 0,
    };
    this.armed.push(fault);
    return fault;
  }

  list(): readonly Fault[] {
    return this.armed;
  }

  /** Disarms one fault, or all; held messages are let go by those who hold them. */
  disarm(id?: number): number {
    const before = this.armed.length;
    this.armed = id === undefined ? [] : this.armed.filter((fault) => fault.id !== id);
    return before - this.armed.length;
  }

  /** Decides what strikes this call: by seed, fault, key and how often the key was seen at the target. */
  draw(target: FaultTarget, key: string): Drawn {
    const callKey = `${target}\n${key}`;
    const nth = (this.calls.get(callKey) ?? 0) + 1;
    this.calls.set(callKey, nth);
    const striking = this.armed.filter((fault) => {
      if (fault.target !== target || fault.remaining === 0) return false;
      if (fault.match !== undefined && !key.includes(fault.match)) return false;
      return derivedFraction(fault.seed, target, key, nth) < fault.probability;
    });
    for (const fault of striking) {
      fault.fired += 1;
      if (fault.remaining !== null) fault.remaining -= 1;
    }
    return new Drawn(striking);
  }
}
