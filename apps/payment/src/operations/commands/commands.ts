import { parkedCommands, type Command } from '@nx/ops';
import {
  BLOCK_TRANSACTION,
  SUSPENSE_ACCEPT,
  SUSPENSE_LIST,
  SUSPENSE_MATCH,
  SUSPENSE_REFUND,
  UNBLOCK_TRANSACTION,
} from './blocking';
import { FINDINGS_ASSIGN, FINDINGS_LIST, FINDINGS_REOPEN, FINDINGS_RESOLVE } from './findings';
import { APPROVALS_APPROVE, APPROVALS_LIST, APPROVALS_REJECT } from './approvals';
import { CHARGEBACKS_LIST } from './chargebacks';
import { FREEZE_LIFT, FREEZE_LIST, FREEZE_SET } from './freezes';
import { LEDGER_BALANCE } from './ledger-balance';
import { LEDGER_VERIFY } from './ledger-verify';
import { FAILED_REFUNDS } from './list-failed-refunds';
import { FIND_STUCK, QUERY_FAILED, WEBHOOKS_DEAD } from './lists';
import { CHECK_GATEWAY, REPLAY_TRANSACTION, RESOLVE_STUCK, RETRY_REFUND, REVERSE_PAYMENT } from './resolutions';
import { WHY } from './why';

/** The operators' commands of payment, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  LEDGER_VERIFY,
  LEDGER_BALANCE,
  WHY,
  FIND_STUCK,
  QUERY_FAILED,
  WEBHOOKS_DEAD,
  FAILED_REFUNDS,
  RETRY_REFUND,
  CHECK_GATEWAY,
  RESOLVE_STUCK,
  REVERSE_PAYMENT,
  REPLAY_TRANSACTION,
  BLOCK_TRANSACTION,
  UNBLOCK_TRANSACTION,
  SUSPENSE_LIST,
  SUSPENSE_MATCH,
  SUSPENSE_ACCEPT,
  SUSPENSE_REFUND,
  FINDINGS_LIST,
  FINDINGS_ASSIGN,
  FINDINGS_RESOLVE,
  FINDINGS_REOPEN,
  APPROVALS_LIST,
  APPROVALS_APPROVE,
  APPROVALS_REJECT,
  CHARGEBACKS_LIST,
  FREEZE_SET,
  FREEZE_LIFT,
  FREEZE_LIST,
  ...parkedCommands({
    list: 'list-parked-records',
    replay: 'replay-parked-records',
    path: '/operations/parked-records',
  }),
];
