import 'reflect-metadata';
import { traced } from '@nx/tracing';

void traced('invoice', async () => (await import('./start')).startInvoice());
