import { broken, duplicated, grouped, lost, type Offence } from './offence';
import type { World } from './world';

const PAID = 'PAYMENT_SUCCESS';

/** Everybody has one notification of each settled sale, no event is there twice, and no inbox has a gap. */
export function judgeNotifications({ records, recipients }: World): Offence[] {
  const { notifications, transactions, inboxes } = records;
  const told = grouped(notifications, ({ type, subject, recipient }) => `${type} ${subject} ${recipient}`);
  const settled = transactions.filter((row) => row.settled);
  const missing = settled.flatMap(({ id }) =>
    recipients
      .filter((recipient) => !told.has(`${PAID} ${id} ${recipient}`))
      .map((recipient) => lost(id, `settled, and ${recipient} was not notified`, id)),
  );
  const twice = [...told].flatMap(([key, rows]) =>
    rows[0]?.type === PAID && rows.length > 1 ? [duplicated(key, `${rows.length} notifications of one sale`)] : [],
  );
  const sameEvent = [...grouped(notifications, ({ eventId, recipient }) => `${eventId} ${recipient}`)].flatMap(
    ([key, rows]) => (rows.length > 1 ? [duplicated(key, `one event, ${rows.length} rows in an inbox`)] : []),
  );
  const gaps = inboxes.flatMap(({ recipient, lastSequence, rows }) =>
    lastSequence === rows
      ? []
      : [broken(recipient, `${rows} rows in the inbox, and the last sequence is ${lastSequence}`)],
  );
  return [...missing, ...twice, ...sameEvent, ...gaps];
}
