import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { TOPICS } from '@nx/contracts';
import { RecordHandler, type InboundRecord } from '@nx/messaging';
import { NoteInvoiceEvent } from './note-invoice-event';

/** What the invoice service tells of the invoices of a sale. */
@Controller()
export class InvoicesConsumer {
  constructor(private readonly note: NoteInvoiceEvent) {}

  @RecordHandler(TOPICS.invoiceEvents)
  noteInvoiceEvent(@Payload() record: InboundRecord): Promise<void> {
    return this.note.execute(record);
  }
}
