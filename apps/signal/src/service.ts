import { loadConfig } from '@nx/config';
import type { ServiceOptions } from '@nx/http';
import { ConsumerFactory } from '@nx/messaging';
import { isInfrastructureError } from '@nx/persistence';
import { ParkingStore } from '@nx/reliable';
import { migrateSignal } from './migrate-signal';
import { SignalConfig } from './signal.config';
import { SignalModule } from './signal.module';

/** What signal says about itself; main, tests and the generator of documents start it from here. */
export const signalService: ServiceOptions<SignalConfig> = {
  service: 'signal',
  config: () => loadConfig(SignalConfig),
  createModule: (config) => SignalModule.forRoot(config),
  strategies: (app) => [app.get(ConsumerFactory).create(app.get(ParkingStore))],
  migrate: migrateSignal,
  openApi: {
    title: 'Signal',
    description:
      'Notification inbox of each user, and the sockets of all instances for operators. Pushes come over the WebSocket at `/stream` on the root of the host.',
  },
  isInfrastructureError,
};
