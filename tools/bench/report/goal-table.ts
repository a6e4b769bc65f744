import type { Goal } from '../goals';
import { isShare, type FloorReached, type Outcome } from '../outcome';

const HEAD = ['Figure', 'measured', 'beside its floor', 'ratio', 'lowest to highest', 'goal', ''];

/** The outcomes as a Markdown table, then what holds those that miss their goal. */
export function goalTable(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map((outcome) => [
    `${outcome.goal.title}: ${outcome.subject.what}`,
    inUnit(outcome.subject.value, outcome.goal.unit),
    outcome.floors.map((floor) => floorText(floor, outcome)).join('<br>') || 'none',
    isShare(outcome.goal) ? outcome.achieved.toFixed(2) : '',
    isShare(outcome.goal)
      ? `${outcome.lowest.toFixed(2)} to ${outcome.highest.toFixed(2)}`
      : `${figure(outcome.lowest)} to ${inUnit(outcome.highest, outcome.goal.unit)}`,
    goalText(outcome.goal),
    outcome.met ? 'met' : `**missed by ${missedBy(outcome)}**`,
  ]);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const table = [line(HEAD), line(HEAD.map(() => '---')), ...rows.map(line)].join('\n');
  const reasons = outcomes
    .filter(({ met }) => !met)
    .map(({ goal, spent }) => `- **${goal.title}**: ${spentText(spent)}${goal.heldBy ?? UNKNOWN}`);
  const held = reasons.length === 0 ? '' : `\nWhat holds the figures that miss their goal:\n\n${reasons.join('\n')}\n`;
  return `${table}\n${held}`;
}

/** What one unit took, as it was measured; parts below a hundredth of it are left out. */
function spentText(spent: ReadonlyMap<string, number> = new Map()): string {
  const total = [...spent.values()].reduce((sum, ms) => sum + ms, 0);
  const parts = [...spent].filter(([, ms]) => ms >= total / 100).map(([part, ms]) => `${part} ${figure(ms)}`);
  return parts.length === 0 ? '' : `one takes ${figure(total)} ms of the processors (${parts.join(', ')}). `;
}

const UNKNOWN = 'it has met its goal in earlier runs; profile it (`node --cpu-prof`) before anything is changed.';

/** Where there are several floors, the share of each. */
const floorText = ({ what, value, share }: FloorReached, { goal, floors }: Outcome): string =>
  `${what}: ${inUnit(value, goal.unit)}${floors.length > 1 ? ` (${share.toPrecision(2)})` : ''}`;

function goalText(goal: Goal): string {
  if ('atLeast' in goal) return `≥ ${goal.atLeast} × the lowest floor`;
  return 'atMost' in goal ? `≤ ${inUnit(goal.atMost, goal.unit)}` : `≤ ${goal.atMostTimes} × its floor`;
}

/** Of a share in hundredths, of a figure in its unit. */
export function missedBy({ goal, achieved }: Pick<Outcome, 'goal' | 'achieved'>): string {
  if ('atLeast' in goal) return (goal.atLeast - achieved).toFixed(2);
  return 'atMost' in goal ? inUnit(achieved - goal.atMost, goal.unit) : (achieved - goal.atMostTimes).toFixed(2);
}

const inUnit = (value: number, unit: Goal['unit']): string => `${figure(value)}${unit === '/s' ? '/s' : ` ${unit}`}`;

/** Three digits are all that a measurement is worth. */
function figure(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: 2 });
}
