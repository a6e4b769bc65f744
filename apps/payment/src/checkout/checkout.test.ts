import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PaymentWorld } from '../testing/payment-world.fixture';

let world: PaymentWorld;
beforeAll(async () => {
  world = await PaymentWorld.start();
});
afterAll(() => world.stop());

describe('dashboard', () => {
  it('x', async () => {
    const r = await world.call('GET', '/internal/api/queues');
    expect(r.status).toBe(200);
    const shop = await world.shop();
    const c = await world.checkout(shop);
    expect(c.status).toBe(200);
    const q = await world.qr(shop);
    expect(q.payment.qrCode).toContain('A000000775');
  });
});
