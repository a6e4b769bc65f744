/** What can be done to the system, by the names of `--fault`. */
export const FAULT_KINDS = {
  kill: 'SIGKILL of a process at a random moment; it starts again',
  'fail-point': 'a process dies at a named point around a commit, a publish, a call, an acknowledgement, an answer',
  pause: 'SIGSTOP of a process, then SIGCONT, sometimes longer than its leases live',
  'redis-empty': 'FLUSHALL',
  'redis-stop': 'Redis killed and started again, empty',
  'kafka-stop': 'Kafka stopped and started again',
  'postgres-stop': 'PostgreSQL stopped at once (no checkpoint) and started again',
  cut: 'connections to a server cut in the middle of a message',
  silence: 'nothing arrives at a server or from it for a while, and no connection ends',
  provider: 'payment providers delay, repeat, reorder, lose callbacks, charge and then fall silent, answer 5xx',
  'look-up': 'queries to payment providers fail',
  'wrong-amount': 'buyers pay another amount, or twice',
  vendor: 'the e-invoice vendor issues and then falls silent, answers 5xx, its look-ups fail',
  subscriber: "sale's webhook receiver is down or answers 503",
} as const;

export type FaultKind = keyof typeof FAULT_KINDS;
export const FAULT_NAMES = Object.keys(FAULT_KINDS) as FaultKind[];

export const isFaultKind = (text: string): text is FaultKind => Object.hasOwn(FAULT_KINDS, text);
