import { setTimeout as delay } from 'node:timers/promises';
import { stopIfUnused, withInfraLock } from './index.mjs';
import { liveUsers, readState } from './store.mjs';

// Signals of a terminal or of a build runner are meant for the users: this process goes when they are gone.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

for (;;) {
  await delay(500);
  if (readState().kept) break;
  if (liveUsers().length > 0) continue;
  if (await withInfraLock(stopIfUnused)) break;
}
