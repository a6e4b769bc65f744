import { runService } from '@nx/http';
import { paymentService } from './service';

/** Starts payment in the mode of its environment. Loaded after tracing, which must see the drivers first. */
export const startPayment = (): Promise<void> => runService(paymentService);
