import { afterAll, beforeAll, describe, vi } from 'vitest';
import { invoiceScenarios } from './scenarios/invoices';
import { paymentScenarios } from './scenarios/payments';
import { privacyScenarios, truthScenario } from './scenarios/privacy';
import { saleScenarios } from './scenarios/sale';
import { openShop, openWorld, type Shop } from './support/world';

// Each wait inside has a deadline of its own, which says what was missing; this one is the last resort.
vi.setConfig({ testTimeout: 90_000 });

let opened: Shop | undefined;
const shop = (): Shop => {
  if (opened === undefined) throw new Error('the shop did not open');
  return opened;
};

beforeAll(async () => {
  opened = await openShop(await openWorld('first-sale'));
}, 150_000);
afterAll(() => opened?.close(), 60_000);

describe('the first sale', () => saleScenarios(shop));
describe('payments', () => paymentScenarios(shop));
describe('invoices', () => invoiceScenarios(shop));
describe('privacy', () => privacyScenarios(shop));
describe('the truth', () => truthScenario(shop));
