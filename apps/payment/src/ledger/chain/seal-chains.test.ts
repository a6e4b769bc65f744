import { Database } from '@nx/persistence';
import { eventually } from '@nx/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PaymentWorld, type Shop } from '../../testing/payment-world.fixture';
import { CHAIN_BOOKS, LEDGER } from './chain-book';
import { SealChains } from './seal-chains';
import { verifyChain } from './verify-chain';

let world: PaymentWorld;
let shop: Shop;
beforeAll(async () => {
  world = await PaymentWorld.start({ extra: { APP_ENV_LEDGER_SEAL_MS: '100' } });
  shop = await world.shop();
});
afterAll(() => world.stop());

const sell = async (): Promise<void> => {
  const { body } = await world.checkout(shop);
  await world.post(shop, '/payments/system/ipn', { attempt: { id: body.attempt.id }, tendered: 100_000 });
};

describe('the worker', () => {
  it('seals what the service wrote, by itself', async () => {
    await sell();
    for (const book of CHAIN_BOOKS) {
      const report = await eventually(async () => {
        const made = await verifyChain(world.app.get(Database), book);
        return made.unsealed === 0 && made.rows > 0 ? made : undefined;
      });
      expect(report.findings).toEqual([]);
    }
  });

  it('leaves it to another one that is at it', async () => {
    const sealers = [world.app.get(SealChains), world.app.get(SealChains)];
    for (let n = 0; n < 5; n++) await Promise.all([sell(), ...sealers.map((sealer) => sealer.round())]);
    const report = await eventually(async () => {
      await sealers[0]?.round();
      const made = await verifyChain(world.app.get(Database), LEDGER);
      return made.rows === 6 && made.unsealed === 0 ? made : undefined;
    });
    expect(report.findings).toEqual([]);
    const [tokens] = await world.sql('SELECT bool_and(fencing_token > 0) AS held FROM "ChainCheckpoint"');
    expect(tokens).toEqual({ held: true });
  });
});
