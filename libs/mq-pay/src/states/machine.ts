/** A state machine as data: where it starts and where each state may go. */
export interface StateMachine<State extends string> {
  readonly name: string;
  readonly initial: State;
  readonly transitions: Readonly<Record<State, readonly State[]>>;
}

/** Whether `from → to` is a move of the machine. Staying is none. */
export function canTransition<State extends string>(machine: StateMachine<State>, from: State, to: State): boolean {
  return machine.transitions[from].includes(to);
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
 * Walks the graph and throws one error that names every fault: an unknown state, a state that goes to itself,
 * a move listed twice, a state that cannot be reached from the initial one. Called at boot and by the tests.
 */
export function checkStateMachine(machine: StateMachine<string>): void {
  const states = new Set(statesOf(machine));
  const faults: string[] = [];
  if (!states.has(machine.initial)) faults.push(`initial state ${machine.initial} is unknown`);
  for (const from of states) {
    const targets = machine.transitions[from] ?? [];
    for (const to of targets) {
      if (!states.has(to)) faults.push(`${from} goes to the unknown state ${to}`);
      if (to === from) faults.push(`${from} goes to itself`);
    }
    if (new Set(targets).size !== targets.length) faults.push(`${from} lists a move twice`);
  }
  const reached = reachable(machine);
  for (const state of states) if (!reached.has(state)) faults.push(`${state} cannot be reached`);
  if (faults.length > 0) throw new Error(`state machine ${machine.name}: ${faults.join('; ')}`);
}

function reachable(machine: StateMachine<string>): ReadonlySet<string> {
  const reached = new Set([machine.initial]);
  const open = [machine.initial];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    for (const next of machine.transitions[state] ?? []) {
      if (!reached.has(next)) {
        reached.add(next);
        open.push(next);
      }
    }
  }
  return reached;
}
