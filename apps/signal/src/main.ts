import 'reflect-metadata';
import { traced } from '@nx/observability';

void traced('signal', async () => (await import('./start')).startSignal());
