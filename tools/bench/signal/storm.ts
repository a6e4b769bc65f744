import type { Site, Subject } from './site';

export interface StormResult {
  readonly clients: number;
  readonly seconds: number;
  /** Transactions of the database from the first client to the last, per client. */
  readonly queriesPerClient: number;
}

const MISSED = 2;
const RECIPIENTS = 500;

/** Clients that were all thrown out come back at once; each has missed two notifications. */
export async function resumeStorm(site: Site, signal: Subject, clients: number): Promise<StormResult> {
  const users = Array.from({ length: clients }, (_user, index) => `storm-${index}`);
  const groups: string[][] = [];
  for (let from = 0; from < clients; from += RECIPIENTS) groups.push(users.slice(from, from + RECIPIENTS));
  for (let round = 0; round < MISSED; round += 1) await site.notify(groups, {});
  await site.stored(users, MISSED);
  const tokens = new Map<string, string>();
  for (const user of users) tokens.set(user, await site.token(user));
  const before = await site.transactions();
  const begin = performance.now();
  const crowd = signal.crowd(() => undefined, users, { tokens, resume: { lastSequence: 0 } });
  await crowd.connect(clients, 500);
  // The state of the inbox, then what was missed.
  await crowd.until(clients * (1 + MISSED));
  const seconds = (performance.now() - begin) / 1000;
  const after = await site.transactions();
  await crowd.close();
  return { clients, seconds, queriesPerClient: (after - before) / clients };
}
