import 'reflect-metadata';
import { traced } from '@nx/observability';

void traced('invoice', async () => (await import('./start')).startInvoice());
