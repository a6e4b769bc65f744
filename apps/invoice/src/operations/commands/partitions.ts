import { setTimeout as delay } from 'node:timers/promises';
import { partitionOf } from '@nx/crypto';
import {
  changeCommand,
  requiredText,
  ServiceFailedError,
  UsageError,
  type Command,
  type CommandAnswer,
  type CommandInput,
  type OpsContext,
} from '@nx/ops';
import { partitionedQueues } from '@nx/queue';
import { QUEUE_BASES } from '../../jobs';
import type { PartitionsView } from '../../partitions/partitions.dto';

const PATH = '/operations/partitions';
const ARROW = /^(\d{1,2})(?:→|->|-)(\d{1,2})$/;
const POLL_MS = 500;
/** A change is looked at this often; workers go on with it whether somebody looks or not. */
const MOST_POLLS = 240;

const presentOf = async ({ service }: OpsContext): Promise<PartitionsView> =>
  (await service({ method: 'GET', path: PATH })).body as PartitionsView;

/** `invoice partition`: where the jobs of an order meet. */
export const PARTITION: Command = {
  name: 'invoice partition',
  usage: 'invoice partition <orderId>',
  about: 'the queues in which the jobs of an order meet',
  options: {},
  positionals: 1,
  service: 'reads',
  run: async (context, { positionals: [orderId = ''] }) => {
    const { partitions, state } = await presentOf(context);
    const partition = partitionOf(orderId, partitions);
    const queues = Object.values(QUEUE_BASES).map((base) => partitionedQueues(base, partitions)[partition] ?? '');
    return {
      finding: false,
      json: { orderId, partitions, partition: partition + 1, queues, state },
      lines: [
        `partition ${partition + 1} of ${partitions}${state === 'MOVING' ? ', jobs are being moved' : ''}`,
        ...queues,
      ],
    };
  },
};

/** Throws `UsageError`. */
const changeOf = (input: CommandInput): { from: number; to: number } => {
  const match = ARROW.exec(input.positionals[0] ?? '');
  if (match === null) throw new UsageError('the change is written as 3→5 or 3-5');
  return { from: Number(match[1]), to: Number(match[2]) };
};

/** Waits until all jobs are moved. Throws `ServiceFailedError` when somebody changes the number again meanwhile. */
const settled = async (context: OpsContext, to: number): Promise<CommandAnswer> => {
  for (let polls = 0; polls < MOST_POLLS; polls += 1) {
    const present = await presentOf(context);
    if (present.partitions !== to) {
      throw new ServiceFailedError(`the number was changed to ${present.partitions} meanwhile`);
    }
    if (present.state === 'SETTLED') {
      return { finding: false, json: present, lines: [`${to} partitions, ${present.moved} waiting jobs moved`] };
    }
    await delay(POLL_MS);
  }
  const lines = [`${to} partitions; jobs are still being moved: look at GET ${PATH}`];
  return { finding: true, json: await presentOf(context), lines };
};

/** `repartition`: another number of partitions while jobs run; waits until everything is moved. */
export const REPARTITION = changeCommand({
  name: 'repartition',
  usage: 'repartition <from>→<to> --reason=<why>',
  about: 'changes the number of issuance partitions; waiting jobs are moved while others run',
  texts: ['reason'],
  positionals: 1,
  request: (input) => ({ path: PATH, body: { ...changeOf(input), reason: requiredText(input, 'reason') } }),
  answer: (_answer, input, context) => settled(context, changeOf(input).to),
});
