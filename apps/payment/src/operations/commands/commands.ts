import type { Command } from '@nx/ops';
import { FINDINGS_ASSIGN, FINDINGS_LIST, FINDINGS_REOPEN, FINDINGS_RESOLVE } from './findings';
import { APPROVALS_APPROVE, APPROVALS_LIST, APPROVALS_REJECT } from './approvals';
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
  FINDINGS_LIST,
  FINDINGS_ASSIGN,
  FINDINGS_RESOLVE,
  FINDINGS_REOPEN,
  APPROVALS_LIST,
  APPROVALS_APPROVE,
  APPROVALS_REJECT,
];
