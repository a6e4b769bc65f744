import 'reflect-metadata';
import { traced } from '@nx/observability';

void traced('payment', async () => (await import('./start')).startPayment());
