import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { MissingStep, waitFor } from '../../tools/demo/http.mjs';
import { SPLIT_MODE } from '../../tools/system.mjs';
import { endState } from './support/end-state';
import { chosen, recordedPoints, reviewedPoints, type Choice } from './support/fail-point-list';
import { FLOWS, flowsThatPass } from './support/flows';
import { insist } from './support/insist';
import { seriesOf } from './support/invoice-series';
import type { Flow } from './support/flows/steps';
import { nothingUnexplained } from './support/nothing-unexplained';
import { PATIENCE_MS } from './support/patience';
import { UNDISTURBED } from './support/undisturbed';
import { Victim } from './support/victim';
import { openShop, openWorld, QUICK, type Shop } from './support/world';

const LONG = process.env['TEST_LONG'] === '1';
/** Every point in a long run; else a tenth, the same one until another seed is asked for: a red run can be repeated. */
const SEED = Number(process.env['TEST_SEED'] ?? 0);
const SHARE = LONG ? 1 : 10;
/**
 * A regular expression: kill at all points whose name matches, and at no others. The list is compared all the same.
 * `TEST_LONG=1 TEST_FAIL_POINTS='/suspense/|claim-expiry' npx vitest run --maxWorkers=1 test/e2e/fail-points.test.ts`
 */
const ONLY = process.env['TEST_FAIL_POINTS'];
const CHOICE: Choice = { share: SHARE, seed: SEED, only: ONLY === undefined ? undefined : new RegExp(ONLY) };

vi.setConfig({ testTimeout: LONG ? 3_600_000 : 900_000 });

/** What a dead process held is free soon, so that the next one need not wait for long. */
const SOON_FREE = { APP_ENV_KAFKA_SESSION_TIMEOUT_MS: '6000', APP_ENV_QUEUE_LOCK_MS: '4000' };

/** A death on a busy machine is longer than a vendor would wait for in tests, and shorter than in truth. */
const CALLBACKS = { gatewayIpnTries: 60, gatewayIpnRetryMs: 1000, callbackTries: 60, callbackRetryMs: 1000 };
/** Questions need no turns here, and a refund that was accepted is carried out at once. */
const AT_ONCE = { gatewayQueryPauseMs: 0, gatewayRefundMs: 0 };

let opened: Shop | undefined;
const environments = new Map<string, Record<string, string>>();
const shop = (): Shop => {
  if (opened === undefined) throw new Error('the shop did not open');
  return opened;
};
const environmentOf = (name: string): Record<string, string> => {
  const environment = environments.get(name) ?? {};
  environments.set(name, environment);
  return environment;
};
const recordOf = (name: string): string => join(shop().world.logFolder, `${name}.passed`);

/** What each flow comes to when nobody dies. */
const undisturbed = new Map<string, object>();

beforeAll(async () => {
  const folder = join(process.cwd(), '.local', 'test', 'e2e', 'fail-points');
  const processes = SPLIT_MODE.map((plan) => {
    const file = join(folder, `${plan.name}.passed`);
    rmSync(file, { force: true });
    return { ...plan, overrides: Object.assign(environmentOf(plan.name), { APP_ENV_FAIL_POINTS_RECORD: file }) };
  });
  const overrides = {
    ...QUICK,
    all: { ...QUICK.all, ...SOON_FREE },
    // A person who looks up what became of a refund needs nobody else for these amounts.
    payment: { ...QUICK.payment, APP_ENV_PROVIDER_TIMEOUT_MS: '2000', APP_ENV_OPERATOR_LIMIT_MINOR: '1000000' },
    invoice: { ...QUICK.invoice, APP_ENV_INVOICE_PROVIDER_TIMEOUT_MS: '2000', APP_ENV_INVOICE_CALL_LOCK_MS: '6000' },
  };
  opened = await openShop(await openWorld('fail-points', { processes, overrides }));
  const { till, merchant } = opened;
  await seriesOf(opened);
  await insist(till.owner, 'POST', '/configurations', { code: 'PAYMENT_SETTINGS', tValue: { autoRefund: true } });
  // A callback that nobody took comes again soon, as often as the vendors' rules say.
  await till.sandbox.call('PUT', '/settings', { ...CALLBACKS, ...AT_ONCE });
  const { tValue } = await till.owner.get(`/configurations/${merchant.gateway.configurationId}`);
  await till.owner.call('PATCH', `/configurations/${merchant.gateway.configurationId}`, {
    tValue: { ...tValue, queryPauseMs: 0 },
  });
  // In minutes, which last a second here: the window is open however long a recovery takes.
  const receipt = `/invoice-provider-configs/${merchant.channels.receipt.configId}`;
  await till.invoices.call('PATCH', receipt, { claimWindowMinutes: 1400 });
  // The lock of a delivery is as long as a try may take.
  const { eventTypes } = await till.owner.get(`/webhook-configs/${merchant.webhook.id}`);
  await till.owner.call('PATCH', `/webhook-configs/${merchant.webhook.id}`, {
    metadata: { timeoutMs: 2000 },
    // Sale hears of what takes money away again, too.
    eventTypes: [...eventTypes, 'mq-pay:attempt.reversed', 'mq-pay:chargeback.opened'],
  });
}, 200_000);
afterAll(() => opened?.close(), 60_000);

/** A sale that comes to its end under any deaths; what it came to is compared when all is quiet. */
interface Sale {
  readonly flow: string;
  readonly orderId: Promise<string>;
}

const wave = (flows: readonly [string, Flow][]): Sale[] =>
  flows.map(([flow, drive]) => ({ flow, orderId: drive(shop()) }));

/** So many sales may be under way before the next wave begins. */
const MOST_AT_ONCE = 24;

/** A point that only some sales pass, those of a certain haste, may be missed by a whole wave: then comes another one. */
const WAVE_PATIENCE_MS = 20_000;

/** What the newly armed points need, in one wave; every flow where none is new and nobody has passed the old ones yet. */
function flowsFor(newly: readonly Victim[]): [string, Flow][] {
  if (newly.length === 0) return Object.entries(FLOWS);
  return [...new Map(newly.flatMap(({ armed }) => (armed === undefined ? [] : flowsThatPass(armed))))];
}

/** Starts a wave of sales for each arming, so that every armed point is passed; ends when nobody is left to die. */
async function sellUntilDone(victims: readonly Victim[], lives: Promise<unknown>): Promise<Sale[]> {
  const sales: Sale[] = [];
  const served = new Map<Victim, number>();
  let failed = false;
  let running = 0;
  lives.catch(() => (failed = true));
  const unserved = (): Victim[] => victims.filter((victim) => victim.armings > (served.get(victim) ?? 0));
  for (;;) {
    const isOver = (): boolean => failed || victims.every(({ isDone }) => isDone);
    const patientUntil = performance.now() + WAVE_PATIENCE_MS;
    const isMissed = (): boolean => unserved().length > 0 || performance.now() > patientUntil;
    const isDue = (): boolean => isOver() || (running < MOST_AT_ONCE && isMissed());
    await waitFor('the next arming', isDue, { timeoutMs: 2 * PATIENCE_MS, everyMs: 50 });
    if (isOver()) return sales;
    const begun = wave(flowsFor(unserved()));
    for (const victim of victims) served.set(victim, victim.armings);
    // Looked at in the end; until then nobody listens.
    for (const { orderId } of begun) {
      running += 1;
      void orderId.catch(() => undefined).finally(() => (running -= 1));
    }
    sales.push(...begun);
  }
}

/** The end is the same as if nobody had died. It is waited for: the last events may still be on their way. */
async function endsAsUndisturbed({ flow, orderId }: Sale): Promise<void> {
  const id = await orderId;
  const expected = undisturbed.get(flow);
  let seen: object = {};
  await waitFor(
    `${flow} ${id} to end as if nobody had died`,
    async () => {
      seen = await endState(shop(), id);
      return JSON.stringify(seen) === JSON.stringify(expected);
    },
    { timeoutMs: 90_000, everyMs: 500 },
  ).catch((error: unknown) => {
    if (!(error instanceof MissingStep)) throw error;
    expect(seen, `${flow} ${id}`).toEqual(expected);
  });
}

describe(`fail points (${ONLY ?? `seed ${SEED}, one of ${SHARE}`})`, () => {
  it('stand before and after everything that others can see, on every way of money', async () => {
    for (const sale of wave(Object.entries(FLOWS))) {
      const id = await sale.orderId;
      await waitFor(`${sale.flow} to be at rest`, async (note) => {
        const [waiting] = await shop().world.sql<{ count: number }>(
          `SELECT (SELECT count(*) FROM mq_pay."Outbox" WHERE published_at IS NULL)::int
             + (SELECT count(*) FROM invoice."Outbox" WHERE published_at IS NULL)::int
             + (SELECT count(*) FROM payment."WebhookDelivery" WHERE status IN ('PENDING', 'SENDING'))::int AS count`,
        );
        note(waiting);
        return waiting?.count === 0;
      });
      undisturbed.set(sale.flow, await endState(shop(), id));
    }
    for (const [flow, end] of Object.entries(UNDISTURBED)) expect(undisturbed.get(flow), flow).toMatchObject(end);
    for (const [name, points] of reviewedPoints()) {
      const passed = recordedPoints(recordOf(name));
      expect(points.filter((point) => !passed.includes(point), `${name} does not pass these any more`)).toEqual([]);
      const unlisted = passed.filter((point) => !points.includes(point));
      expect(
        unlisted,
        `nobody dies at these of ${name}: add them to fail-points.txt, or to what is no way of money`,
      ).toEqual([]);
    }
  });

  it('kill the process that passes them, and the end is the same', async () => {
    const fates = [...reviewedPoints()].map(([name, points]) => ({ name, points: chosen(points, CHOICE) }));
    const deaths = fates.flatMap(({ points }) => points).length;
    expect(deaths, `no point matches ${ONLY ?? ''}`).toBeGreaterThan(0);
    const victims = fates.map(
      ({ name, points }) => new Victim(shop().world.process(name), environmentOf(name), points),
    );
    for (const environment of environments.values()) delete environment['APP_ENV_FAIL_POINTS_RECORD'];
    const lives = Promise.all(victims.map((victim) => victim.live()));
    const sales = await sellUntilDone(victims, lives);
    await lives;
    await Promise.all(sales.map(endsAsUndisturbed));
    expect(victims.flatMap((victim) => victim.deaths)).toHaveLength(deaths);
    await nothingUnexplained(shop());
  });
});
