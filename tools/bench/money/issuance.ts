import { partitionOf } from '@nx/crypto';
import { keyPrefix, partitionedQueues } from '@nx/queue';
import { jobIds, QUEUE_BASES } from '../../../apps/invoice/src/jobs';
import { taxDataKnown } from '../../demo/merchant.mjs';
import { reserveFreePort } from '../../infra/reservations.mjs';
import { answering } from '../bench-system';
import { inTurns } from '../in-turns';
import { JobBurst, Pace, type BurstJob } from './job-burst';
import type { Measurement } from './measurement';
import { openPaymentSite, type PaymentSite } from './payment-site';
import { ProcessorUse } from './processor-use';

/** The worker's own number: invoices at once for each partition. */
const CONCURRENCY = 10;
const PARTITIONS = 3;
const QUEUES = partitionedQueues(QUEUE_BASES.issuance, PARTITIONS);
const EMPTY_QUEUES = ['bench-empty-01', 'bench-empty-02', 'bench-empty-03'];
const SLOW_MS = 50;

/** Invoices that are due, each with its job: taken, sent to the vendor, and its number stored with trail and events. */
export const issuanceMeasurement: Measurement = {
  name: 'money issuance',
  goals: ['issuance', 'partitions'],
  measure: async ({ log, ...turns }) => {
    const site = await openPaymentSite(
      {
        processes: [
          { name: 'invoice-api', service: 'invoice', mode: 'api' },
          { name: 'invoice-worker', service: 'invoice', mode: 'worker' },
        ],
        invoicing: true,
      },
      log,
    );
    const { redisUrl } = site.infra;
    const burst = new JobBurst(redisUrl, QUEUES, (queue) => keyPrefix(site.prefix, queue));
    const emptyBurst = new JobBurst(redisUrl, EMPTY_QUEUES, () => 'bull');
    const port = await reserveFreePort();
    const vendor = await site.startScript('money/other-side.mjs', [String(port)]);
    const meter = (): Promise<ProcessorUse> => ProcessorUse.of(site, [{ name: 'the vendor', pid: vendor.pid }]);
    const uses = await Promise.all([meter(), meter()]);
    const [atOnce, slow] = uses;
    try {
      await answering(port);
      await site.startScript('money/empty-worker.mjs', [redisUrl, String(CONCURRENCY), ...EMPTY_QUEUES]);
      const work = new IssuanceWork(site, `http://127.0.0.1:${port}`, burst);
      await work.prepare();
      const empty = emptyJobs(emptyBurst);
      const contestants = [
        { what: 'issuances, the vendor answers at once', run: work.issues(0, [0, 1, 2], atOnce) },
        { what: 'empty BullMQ jobs at the same concurrency', run: empty },
        {
          what: `issuances on three partitions, the vendor takes ${SLOW_MS} ms`,
          run: work.issues(SLOW_MS, [0, 1, 2], slow),
        },
        { what: 'the same on one partition', run: work.issues(SLOW_MS, [0]) },
      ];
      const figures = await inTurns(contestants, turns);
      const names = contestants.map(({ what }) => what);
      return {
        issuance: { names: names.slice(0, 2), figures: figures.slice(0, 2), spent: atOnce.perUnit() },
        partitions: { names: names.slice(2), figures: figures.slice(2), spent: slow.perUnit() },
      };
    } finally {
      await Promise.all([...uses.map((use) => use.close()), burst.close(), emptyBurst.close()]);
      await site.close();
    }
  },
};

function emptyJobs(burst: JobBurst): (milliseconds: number) => Promise<number> {
  const pace = new Pace(3_000);
  let number = 0;
  return async (milliseconds) => {
    const jobs = Array.from({ length: pace.count(milliseconds) }, (): BurstJob => {
      number += 1;
      const queue = EMPTY_QUEUES[number % EMPTY_QUEUES.length] ?? '';
      return { queue, name: 'nothing', data: {}, jobId: `nothing-${number}` };
    });
    return pace.note(await burst.run(jobs));
  };
}

class IssuanceWork {
  private invoiceId = '';
  private number = 0;

  constructor(
    private readonly site: PaymentSite,
    private readonly vendor: string,
    private readonly burst: JobBurst,
  ) {}

  /** The merchant's invoices go to our own vendor, and one invoice is there to be copied. */
  async prepare(): Promise<void> {
    const { site } = this;
    const { merchant } = site;
    await taxDataKnown(site.urls, merchant);
    await this.asOwner('PATCH', `/invoice-providers/${merchant.channels.providerId}`, { baseUrl: this.vendor });
    const { id } = await this.asOwner<{ id: string }>('POST', '/invoices', {
      invoiceProviderConfigId: merchant.channels.counter.configId,
      sourceId: 'bench',
      paidAt: new Date().toISOString(),
      paymentMethod: 'CASH',
      items: [
        { name: 'Cà phê sữa đá', unit: 'ly', quantity: '2', unitPrice: '45000', total: 90_000, taxRate: '8%' },
        { name: 'Bánh mì', unit: 'cái', quantity: '1', unitPrice: '30000', total: 30_000, taxRate: '8%' },
      ],
      total: 120_000,
    });
    this.invoiceId = id;
  }

  /** Issues copies whose jobs lie in these partitions. */
  issues(
    vendorMs: number,
    partitions: readonly number[],
    use?: ProcessorUse,
  ): (milliseconds: number) => Promise<number> {
    const pace = new Pace(100);
    return async (milliseconds) => {
      const delayed = await fetch(`${this.vendor}/delay/${vendorMs}`, { method: 'POST' });
      await delayed.arrayBuffer();
      const orders = Array.from({ length: pace.count(milliseconds) }, (_order, at) =>
        this.orderIn(partitions[at % partitions.length] ?? 0),
      );
      await this.writeInvoices(orders);
      const burst = (): Promise<number> => this.burst.run(orders.map(jobOf));
      const rate = await (use?.during(burst, () => orders.length) ?? burst());
      await this.allIssued(orders);
      return pace.note(rate);
    };
  }

  /** The id of a new order whose jobs meet in this partition. */
  private orderIn(partition: number): string {
    for (;;) {
      this.number += 1;
      const order = `O-${this.number}`;
      if (partitionOf(order, PARTITIONS) === partition) return order;
    }
  }

  private async writeInvoices(orders: readonly string[]): Promise<void> {
    const { admin } = this.site;
    await admin.query(
      `INSERT INTO "Invoice" SELECT (jsonb_populate_record(one, jsonb_build_object(
         'id', 'I-' || o, 'source_id', o, 'due_at', now(), 'created_at', now()))).*
       FROM "Invoice" one, unnest($2::text[]) o WHERE one.id = $1`,
      [this.invoiceId, orders],
    );
    await admin.query(
      `INSERT INTO "InvoiceItem" SELECT (jsonb_populate_record(one, jsonb_build_object(
         'id', one.id || o, 'invoice_id', 'I-' || o))).*
       FROM "InvoiceItem" one, unnest($2::text[]) o WHERE one.invoice_id = $1`,
      [this.invoiceId, orders],
    );
  }

  private async allIssued(orders: readonly string[]): Promise<void> {
    const { rows } = await this.site.admin.query<{ status: string; count: number }>(
      `SELECT issuance_status AS status, count(*)::int AS count FROM "Invoice" WHERE source_id = ANY ($1) GROUP BY 1`,
      [orders],
    );
    if (rows.length !== 1 || rows[0]?.status !== 'SUCCESS')
      throw new Error(`not all of ${orders.length} invoices are issued: ${JSON.stringify(rows)}`);
  }

  private async asOwner<T>(method: string, path: string, body: object): Promise<T> {
    const { merchant, urls } = this.site;
    const headers = {
      authorization: `Bearer ${merchant.staff.owner.token}`,
      'x-merchant-id': merchant.merchantId,
      'content-type': 'application/json',
    };
    const response = await fetch(`${urls.invoice}${path}`, { method, headers, body: JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return JSON.parse(text) as T;
  }
}

const jobOf = (orderId: string): BurstJob => ({
  queue: QUEUES[partitionOf(orderId, PARTITIONS)] ?? '',
  name: 'invoice-issuance',
  data: { payload: { type: '000_ISSUANCE', invoiceId: `I-${orderId}`, orderId } },
  jobId: jobIds.issue(orderId),
});
