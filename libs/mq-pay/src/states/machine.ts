/** A state machine as data: where it starts, where each state may go, and which states are the end. */
export interface StateMachine<State extends string> {
  readonly name: string;
  readonly initial: State;
  readonly transitions: Readonly<Record<State, readonly State[]>>;
  /** The states that nothing leaves, declared so that a forgotten move is not taken for an end. */
  readonly terminal: readonly State[];
}

/** Somebody asked for a move that the machine does not have; nothing may be written then. */
export class IllegalTransitionError extends Error {
  override readonly name = 'IllegalTransitionError';

  constructor(
    readonly machine: string,
    readonly from: string,
    readonly to: string,
  ) {
    super(`${machine}: ${from} does not go to ${to}`);
  }
}

/** Whether `from → to` is a move of the machine. Staying is none. */
export function canTransition<State extends string>(machine: StateMachine<State>, from: State, to: State): boolean {
  return machine.transitions[from].includes(to);
}

/** The state after the move. Throws `IllegalTransitionError` where the machine has no such move. */
export function transition<State extends string, Next extends State>(
  machine: StateMachine<State>,
  from: State,
  to: Next,
): Next {
  if (!canTransition(machine, from, to)) throw new IllegalTransitionError(machine.name, from, to);
  return to;
}

/** The states that may go to `to`: what a guarded `UPDATE … WHERE status IN (…)` lists. */
export function sourcesOf<State extends string>(machine: StateMachine<State>, to: State): readonly State[] {
  return statesOf(machine).filter((from) => machine.transitions[from].includes(to));
}

/** All states, in the order in which they were declared. */
export function statesOf<State extends string>(machine: StateMachine<State>): readonly State[] {
  return Object.keys(machine.transitions) as State[];
}

/**
 * Walks the graph and throws one error that names every fault: an unknown state, a state that goes to itself, a move
 * listed twice, a state that cannot be reached from the initial one, an end that is not declared, a declared end that
 * goes on, and each of `expected` (the states that the database or a contract knows) that is missing or one too many.
 * Called at boot and by the tests.
 */
export function checkStateMachine(machine: StateMachine<string>, expected?: readonly string[]): void {
  const states = new Set(statesOf(machine));
  const reached = reachable(machine);
  const faults: string[] = [];
  if (!states.has(machine.initial)) faults.push(`initial state ${machine.initial} is unknown`);
  for (const state of states) {
    faults.push(...faultsOfMoves(machine, state, states));
    if (!reached.has(state)) faults.push(`${state} cannot be reached`);
  }
  for (const state of machine.terminal) if (!states.has(state)) faults.push(`terminal state ${state} is unknown`);
  if (expected !== undefined) {
    for (const state of expected) if (!states.has(state)) faults.push(`${state} is missing`);
    for (const state of states) if (!expected.includes(state)) faults.push(`${state} is not expected`);
  }
  if (faults.length > 0) throw new Error(`state machine ${machine.name}: ${faults.join('; ')}`);
}

function faultsOfMoves(machine: StateMachine<string>, from: string, states: ReadonlySet<string>): string[] {
  const targets = machine.transitions[from] ?? [];
  const isTerminal = machine.terminal.includes(from);
  const faults: string[] = [];
  for (const to of targets) {
    if (!states.has(to)) faults.push(`${from} goes to the unknown state ${to}`);
    if (to === from) faults.push(`${from} goes to itself`);
  }
  if (new Set(targets).size !== targets.length) faults.push(`${from} lists a move twice`);
  if (targets.length === 0 && !isTerminal) faults.push(`${from} is an end that is not declared`);
  if (targets.length > 0 && isTerminal) faults.push(`${from} is declared an end and goes on`);
  return faults;
}

function reachable(machine: StateMachine<string>): ReadonlySet<string> {
  const reached = new Set([machine.initial]);
  // A set is walked in the order of insertion, what is added on the way included.
  for (const state of reached) for (const next of machine.transitions[state] ?? []) reached.add(next);
  return reached;
}
