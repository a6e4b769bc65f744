import 'reflect-metadata';
import { traced } from '@nx/tracing';

void traced('signal', async () => (await import('./start')).startSignal());
