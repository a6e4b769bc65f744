import { runService } from '@nx/http';
import { invoiceService } from './service';

/** Starts invoice in the mode of its environment. Loaded after tracing, which must see the drivers first. */
export const startInvoice = (): Promise<void> => runService(invoiceService);
