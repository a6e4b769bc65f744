import 'reflect-metadata';
import { traced } from '@nx/tracing';

void traced('payment', async () => (await import('./start')).startPayment());
