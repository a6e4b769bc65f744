import { afterAll, beforeAll, describe, vi } from 'vitest';
import { claimScenarios } from './scenarios/clock-of-invoice';
import { paymentScenarios } from './scenarios/clock-of-payment';
import { screenScenarios } from './scenarios/clock-of-signal';
import { JUMPS, openClockedShop, type ClockedShop } from './support/clocked-shop';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 150_000 });

let opened: ClockedShop | undefined;
const shop = (): ClockedShop => {
  if (opened === undefined) throw new Error('the shop did not open');
  return opened;
};

beforeAll(async () => {
  opened = await openClockedShop('clock-jumps');
});
afterAll(() => opened?.close());

describe.each(JUMPS)('the wall clock, set $name by two hours,', (jump) => {
  describe('of payment', () => paymentScenarios(shop, jump));
  describe('of invoice', () => claimScenarios(shop, jump));
  describe('of signal', () => screenScenarios(shop, jump));
});
