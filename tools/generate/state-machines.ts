import { STATE_MACHINES, statesOf, type StateMachine } from '@nx/mq-pay';
import { pageOf } from './markdown';

/** Mermaid wants identifiers that begin with a letter. */
const idOf = (state: string): string => `s_${state}`;

function diagram(machine: StateMachine<string>): string {
  const states = statesOf(machine);
  const lines = [
    'stateDiagram-v2',
    ...states.map((state) => `    state "${state}" as ${idOf(state)}`),
    `    [*] --> ${idOf(machine.initial)}`,
    ...states.flatMap((from) => (machine.transitions[from] ?? []).map((to) => `    ${idOf(from)} --> ${idOf(to)}`)),
    ...states.filter((state) => machine.transitions[state]?.length === 0).map((state) => `    ${idOf(state)} --> [*]`),
  ];
  return ['```mermaid', ...lines, '```'].join('\n');
}

/** The machines as pictures; every move of the code is an arrow here and no other. */
export function stateMachinesPage(): string {
  return pageOf(
    'State machines',
    '`STATE_MACHINES` of `libs/mq-pay`',
    ...STATE_MACHINES.flatMap((machine) => [`## ${machine.name}`, diagram(machine)]),
  );
}
