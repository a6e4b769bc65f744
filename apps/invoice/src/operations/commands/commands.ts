import { parkedCommands, type Command } from '@nx/ops';
import { AUDIT_VERIFY } from './audit-verify';
import { CDC_RESYNC } from './cdc-resync';
import { LIST_DEAD, REPLAY } from './dead-letters';
import { PARTITION, REPARTITION } from './partitions';
import { SHOW } from './show';

/** The operators' commands of invoice, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  SHOW,
  AUDIT_VERIFY,
  PARTITION,
  LIST_DEAD,
  REPLAY,
  ...parkedCommands({
    list: 'invoice list-parked',
    replay: 'invoice replay-parked',
    path: '/operations/parked-records',
  }),
  REPARTITION,
  CDC_RESYNC,
];
