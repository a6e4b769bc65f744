import type { FromCopies, ToCopies } from './inbox-copies.messages.fixture';
import { InboxCopy } from './inbox-copy.fixture';

/** A process that holds a part of the clients and does what the test says; see `InboxCopies`. */
const AT_ONCE = 25;

let streams: readonly string[] = [];
let copies: InboxCopy[] = [];

const say = (message: FromCopies): void => void process.send?.(message);

function state(): void {
  const connected = streams.map((_stream, turn) => copies.filter((copy) => copy.connectedTo === turn).length);
  const failures: Record<string, number> = {};
  for (const { connectedTo, lastFailure } of copies) {
    if (connectedTo !== undefined || lastFailure === undefined) continue;
    failures[lastFailure] = (failures[lastFailure] ?? 0) + 1;
  }
  say({ kind: 'state', state: { connected, failures } });
}

async function start(order: Extract<ToCopies, { kind: 'start' }>): Promise<void> {
  streams = order.streams;
  copies = order.clients.map(
    ({ userId, token, turn, dialect }) => new InboxCopy(userId, streams, token, turn, dialect),
  );
  for (let from = 0; from < copies.length; from += AT_ONCE)
    await Promise.all(copies.slice(from, from + AT_ONCE).map((copy) => copy.start()));
  say({ kind: 'started' });
}

function report(): void {
  const told = copies.map(({ userId, ids, unread, faults, connections }) => ({
    userId,
    ids,
    unread,
    faults,
    connections,
  }));
  say({ kind: 'report', copies: told });
}

async function stop(): Promise<void> {
  await Promise.all(copies.map((copy) => copy.stop()));
  say({ kind: 'stopped' });
}

async function obey(order: ToCopies): Promise<void> {
  if (order.kind === 'start') await start(order);
  else if (order.kind === 'state') state();
  else if (order.kind === 'report') report();
  else await stop();
}

process.on('message', (order: ToCopies) => {
  obey(order).catch((error: unknown) => say({ kind: 'failed', reason: String(error) }));
});
// Without the test nobody needs the clients.
process.on('disconnect', () => process.exit(0));
