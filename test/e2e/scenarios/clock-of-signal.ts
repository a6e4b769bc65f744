import { afterAll, expect, it } from 'vitest';
import { Api, waitFor } from '../../../tools/demo/http.mjs';
import { connectStream } from '../../../tools/demo/stream.mjs';
import { HOUR_MS, sellForCash, type ClockedShop, type Jump } from '../support/clocked-shop';

/** What becomes of screens while the clock of the process that serves them jumps. */
export function screenScenarios(shop: () => ClockedShop, { byMs }: Jump): void {
  const isAhead = byMs > 0;
  const setClock = (ms: number): Promise<void> => shop().clocks.signal.set(shop().service('signal'), ms);
  afterAll(() => setClock(0));

  it(`keeps its screens, ${isAhead ? 'but for those whose token is over by it' : 'also those whose token is short'}`, async () => {
    const { token, service, till, world } = shop();
    const staying = await shop().screen('owner', 'signal');
    const short = await connectStream(service('signal').url, await token('owner', -3 * HOUR_MS, HOUR_MS));
    await setClock(byMs);
    const { checked } = await sellForCash(shop());
    const { id } = checked.transaction;
    await staying.expect('the bell', ({ data }) => data?.notification?.data?.transactionId === id);
    if (isAhead) await waitFor('the screen whose token is over to be closed', () => short.closed !== null);
    expect(staying.closed).toBeNull();
    if (!isAhead) expect(short.closed).toBeNull();
    await till.notification('owner', 'PAYMENT_SUCCESS', (row) => row.data?.transactionId === id);
    const stored = await world.sql(
      `SELECT recipient_id FROM signal."ActivityNotification" WHERE type = 'PAYMENT_SUCCESS' AND data ->> 'transactionId' = $1`,
      [id],
    );
    expect(new Set(stored.map((row) => JSON.stringify(row))).size).toBe(stored.length);
    short.close();
    staying.close();
  });

  it('lets nobody in whose token is of the day that it really is, until it is mended', async () => {
    const { token, till } = shop();
    const person = new Api(till.urls.signal, { token: await token('owner', 0, 600_000) });
    expect((await person.send('GET', '/notifications')).status).toBe(401);
    await setClock(0);
    expect((await person.send('GET', '/notifications')).status).toBe(200);
  });
}
