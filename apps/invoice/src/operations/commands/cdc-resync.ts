import { setTimeout as delay } from 'node:timers/promises';
import { requiredText, ServiceFailedError, table, textOf, type Command } from '@nx/ops';
import type { ResyncView } from '../../resync/resync.dto';

const PATH = '/operations/cdc/resyncs';
const POLL_MS = 500;
/** A reading is looked at for so long; it goes on whether somebody looks or not. */
const MOST_POLLS = 1200;

const linesOf = (view: ResyncView): string[] => {
  const verb = view.dryRun ? 'would be changed' : `differed, ${view.changed} changed`;
  return [
    `${view.records} records of ${view.topics.join(', ')}: ${view.differing} merchants ${verb}`,
    ...(view.unreadable > 0 ? [`${view.unreadable} records are none of the connector's and were left out`] : []),
    ...(view.missing.length > 0 ? [`the feed has no tax data of ${view.missing.join(', ')}`] : []),
    ...(view.differences.length === 0
      ? []
      : table(
          ['merchant', 'differs in'],
          view.differences.map(({ merchantId, members }) => [merchantId, members.join(', ')]),
        )),
  ];
};

/** `cdc resync`: TaxInfo back in line with commerce, from the change feed's beginning. */
export const CDC_RESYNC: Command = {
  name: 'cdc resync',
  usage: 'cdc resync --reason=<why> [--merchant-id=<id>[,<id>…]]',
  about: 'reads the change feed of merchants again and corrects TaxInfo; with --dry-run it says what differs',
  options: { reason: { type: 'string' }, 'merchant-id': { type: 'string' } },
  positionals: 0,
  service: 'changes',
  run: async ({ service, progress }, input) => {
    const merchantIds = textOf(input, 'merchant-id')?.split(',');
    const dryRun = input.values['dry-run'] === true;
    const reason = requiredText(input, 'reason');
    const body = { reason, dryRun, ...(merchantIds === undefined ? {} : { merchantIds }) };
    const asked = (await service({ method: 'POST', path: PATH, body, knowsDryRun: true })).body as ResyncView;
    let told = 0;
    for (let polls = 0; polls < MOST_POLLS; polls += 1) {
      const view = (await service({ method: 'GET', path: `${PATH}/${asked.id}` })).body as ResyncView;
      if (view.state === 'FAILED') throw new ServiceFailedError(`${asked.id}: ${view.error ?? 'it failed'}`);
      if (view.state === 'DONE') {
        const finding = (view.dryRun && view.differing > 0) || view.missing.length > 0 || view.unreadable > 0;
        return { finding, json: view, lines: linesOf(view) };
      }
      if (view.records > told) progress?.(`${view.records} records read`);
      told = view.records;
      await delay(POLL_MS);
    }
    throw new ServiceFailedError(`${asked.id} is still being worked on: look at GET ${PATH}/${asked.id}`);
  },
};
