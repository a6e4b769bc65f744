import type { Command } from '@nx/ops';
import { APPROVALS_APPROVE, APPROVALS_LIST, APPROVALS_REJECT } from './approvals';
import { FREEZE_LIFT, FREEZE_LIST, FREEZE_SET } from './freezes';
import { LEDGER_BALANCE } from './ledger-balance';
import { LEDGER_VERIFY } from './ledger-verify';
import { FIND_STUCK, QUERY_FAILED, WEBHOOKS_DEAD } from './lists';
import { WHY } from './why';

/** The operators' commands of payment, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  LEDGER_VERIFY,
  LEDGER_BALANCE,
  WHY,
  FIND_STUCK,
  QUERY_FAILED,
  WEBHOOKS_DEAD,
  APPROVALS_LIST,
  APPROVALS_APPROVE,
  APPROVALS_REJECT,
  FREEZE_SET,
  FREEZE_LIFT,
  FREEZE_LIST,
];
