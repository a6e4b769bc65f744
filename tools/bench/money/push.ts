import { connectStream, type Stream } from '../../demo/stream.mjs';
import { callbackPath, transactionOf, writeAttempts } from './gateway-attempts';
import { HttpLoad } from './http-load';
import { AT_ONCE, type Measurement } from './measurement';
import { openPaymentSite } from './payment-site';

const SETTLED = 'observation/payment/transaction/settled';
const BURST = 600;
const MOST_PER_SECOND = 1_500;
const TICK_MS = 10;
const PATIENCE_MS = 60_000;

/** A callback of the provider until the till's screen has opened the push of its settled transaction. */
export const pushMeasurement: Measurement = {
  name: 'money push',
  goals: ['push'],
  measure: async ({ log, rounds, timeMs }) => {
    const site = await openPaymentSite(
      {
        processes: [
          { name: 'payment-worker', service: 'payment', mode: 'worker' },
          { name: 'signal', service: 'signal', mode: 'full' },
        ],
      },
      log,
    );
    let used = 0;
    const load = new HttpLoad(site.api.url, AT_ONCE, () => ({ method: 'GET', path: callbackPath(site, (used += 1)) }), {
      status: 200,
      text: '"RspCode":"00"',
    });
    const { merchantId, staff } = site.merchant;
    const screen = await connectStream(site.urls.stream, staff.cashier.token, {
      rooms: [`payment/merchants/${merchantId}`],
    });
    try {
      await writeAttempts(site, BURST * 2 + Math.ceil((MOST_PER_SECOND * timeMs * rounds) / 1000));
      const till = new Till(screen, async () => {
        const number = used + 1;
        await load.send({ method: 'GET', path: callbackPath(site, (used = number)) });
        return number;
      });
      // The first burst is for the compilers.
      await till.burst();
      const fullRate = await till.burst();
      const half = Math.min(MOST_PER_SECOND, fullRate / 2);
      const shares: number[] = [];
      for (let round = 0; round < rounds; round += 1) shares.push(await till.steadily(half, timeMs));
      const what = `p99 from callback to opened push at ${Math.round(half)} payments/s, half of what it takes`;
      return { push: { names: [what], figures: [shares] } };
    } finally {
      screen.close();
      await load.close();
      await site.close();
    }
  },
};

class Till {
  private seen = 0;
  private readonly arrivals = new Map<string, number>();

  constructor(
    private readonly screen: Stream,
    /** One payment; gives its number when the callback is answered. */
    private readonly pay: () => Promise<number>,
  ) {}

  /** Payments per second that are settled and on the screen, when they all come at once. */
  async burst(): Promise<number> {
    const begin = performance.now();
    const numbers: number[] = [];
    let begun = 0;
    const one = async (): Promise<void> => {
      while (begun < BURST) {
        begun += 1;
        numbers.push(await this.pay());
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, one));
    await this.all(numbers);
    return BURST / ((performance.now() - begin) / 1000);
  }

  /** Payments at an even rate; the 99th percentile of the time to their push, in milliseconds. */
  async steadily(perSecond: number, milliseconds: number): Promise<number> {
    const start = performance.now();
    const count = Math.max(100, Math.round((perSecond * milliseconds) / 1000));
    const payments: Promise<{ number: number; sentAt: number }>[] = [];
    const one = async (): Promise<{ number: number; sentAt: number }> => {
      const sentAt = Date.now();
      return { sentAt, number: await this.pay() };
    };
    while (payments.length < count) {
      const due = Math.min(count, Math.ceil(((performance.now() - start) / 1000) * perSecond));
      while (payments.length < due) payments.push(one());
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
    const paid = await Promise.all(payments);
    await this.all(paid.map(({ number }) => number));
    const waits = paid
      .map(({ number, sentAt }) => (this.arrivals.get(transactionOf(number)) ?? Number.NaN) - sentAt)
      .toSorted((left, right) => left - right);
    return waits[Math.floor(waits.length * 0.99)] ?? Number.NaN;
  }

  private async all(numbers: readonly number[]): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    const missing = new Set(numbers.map(transactionOf));
    for (;;) {
      this.look();
      for (const id of missing) if (this.arrivals.has(id)) missing.delete(id);
      if (missing.size === 0) return;
      if (performance.now() > deadline) throw new Error(`${missing.size} of ${numbers.length} pushes did not come`);
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
  }

  private look(): void {
    const { pushes } = this.screen;
    for (; this.seen < pushes.length; this.seen += 1) {
      const push = pushes[this.seen];
      if (push?.topic !== SETTLED) continue;
      const { transaction } = push.data as { transaction: { id: string } };
      this.arrivals.set(transaction.id, push.at);
    }
  }
}
