import { Injectable, type OnModuleInit } from '@nestjs/common';
import { invoicePushTopic, invoiceRooms, type InvoiceEventPayload, type InvoiceEventType } from '@nx/contracts';
import { BusEmitter } from '@nx/realtime';
import { OutboxRelay, type OutboxRow } from '@nx/reliable';
import { ROUTES } from '../invoices/invoice-events';

/** Shows what has happened on the screens that watch an invoice. A hint: it is never waited for and never repeated. */
@Injectable()
export class PushRoute implements OnModuleInit {
  constructor(
    private readonly relay: OutboxRelay,
    private readonly bus: BusEmitter,
  ) {}

  onModuleInit(): void {
    this.relay.register({
      name: ROUTES.push,
      bestEffort: true,
      publish: (rows) => {
        for (const row of rows) this.push(row);
        return Promise.resolve();
      },
    });
  }

  private push(row: OutboxRow): void {
    const payload = row.payload as unknown as InvoiceEventPayload;
    const topic = invoicePushTopic(row.eventType as InvoiceEventType);
    for (const room of invoiceRooms(payload.invoice.id, payload.invoice.merchantId))
      this.bus.toRoom(room, topic, payload);
  }
}
