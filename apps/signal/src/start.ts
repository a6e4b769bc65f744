import { runService } from '@nx/http';
import { signalService } from './service';

/** Starts signal as its configuration says. Loaded after tracing, which must see the drivers first. */
export const startSignal = (): Promise<void> => runService(signalService);
