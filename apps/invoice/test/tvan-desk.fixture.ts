import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildTvanMessage, tvanMessage } from '@nx/e-invoice';
import type { InvoiceWorld } from './invoice-service.fixture';
import type { Merchant } from './sale.fixture';

/** The answer of the authority that a message is wrong (999, Decision 1450/QĐ-TCT): nothing was issued by it. */
const REFUSAL = { MLoi: '001', MTa: 'Sai định dạng' };

/** A T-VAN organisation on loopback, to which the authority has answered every message with its no. */
export interface TvanDesk {
  /** What the service makes of the authority's no. */
  readonly refusal: { readonly code: string; readonly message: string };
  /** An invoice, and its merchant's account, lie with this organisation from now on. */
  take(world: InvoiceWorld, invoiceId: string, merchant: Merchant): Promise<void>;
  close(): Promise<void>;
}

export async function openTvanDesk(): Promise<TvanDesk> {
  const server = createServer((request, response) => {
    const id = new URL(request.url ?? '', 'http://tvan').searchParams.get('MTDiep') ?? '';
    // An id of ours is who sent it, and 32 digits.
    const sender = id.slice(0, -32);
    const header = {
      sender: 'TCT',
      receiver: sender,
      id: `TCT${'0'.repeat(32)}`,
      answers: id,
      taxCode: sender.slice(1),
    };
    const told = {
      MTDiep: id,
      MNGui: sender,
      NNhan: '2026-11-20T08:00:00',
      TTTNhan: '1' as const,
      DSLDo: { LDo: [REFUSAL] },
    };
    response.setHeader('content-type', 'application/xml');
    response.end(buildTvanMessage(tvanMessage('999', header, { TBao: told })));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    refusal: { code: REFUSAL.MLoi, message: REFUSAL.MTa },
    take: async (world, invoiceId, merchant) => {
      await world.sql.query(
        `UPDATE "InvoiceProvider" SET provider = 'TVAN', base_url = $2, settings = '{"lookUpPath":"/answers"}' WHERE id = $1`,
        [merchant.providerId, baseUrl],
      );
      await world.sql.query(`UPDATE "Invoice" SET provider = 'TVAN' WHERE id = $1`, [invoiceId]);
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
