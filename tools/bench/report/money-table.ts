import type { Goal } from '../money/goals';
import type { Outcome } from '../money/outcome';

const HEAD = ['Figure', 'measured', 'beside its floor', 'ratio', 'lowest to highest', 'goal', ''];

/** The outcomes as a Markdown table, then what holds those that miss their goal. */
export function moneyTable(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map((outcome) => [
    `${outcome.goal.title}: ${outcome.subject.what}`,
    inUnit(outcome.subject.value, outcome.goal.unit),
    outcome.floors.map(({ what, value }) => `${what}: ${inUnit(value, outcome.goal.unit)}`).join('<br>') || 'none',
    isShare(outcome) ? outcome.achieved.toFixed(2) : '',
    isShare(outcome)
      ? `${outcome.lowest.toFixed(2)} to ${outcome.highest.toFixed(2)}`
      : `${figure(outcome.lowest)} to ${inUnit(outcome.highest, outcome.goal.unit)}`,
    goalText(outcome.goal),
    outcome.met ? 'met' : `**missed by ${missedBy(outcome)}**`,
  ]);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const table = [line(HEAD), line(HEAD.map(() => '---')), ...rows.map(line)].join('\n');
  const reasons = outcomes
    .filter(({ met }) => !met)
    .map(({ goal }) => `- **${goal.title}**: ${goal.heldBy ?? UNKNOWN}`);
  const held = reasons.length === 0 ? '' : `\nWhat holds the figures that miss their goal:\n\n${reasons.join('\n')}\n`;
  return `${table}\n${held}`;
}

const UNKNOWN = 'it has met its goal in earlier runs; profile it (`node --cpu-prof`) before anything is changed.';

const isShare = ({ goal }: Outcome): boolean => 'atLeast' in goal;

const goalText = (goal: Goal): string =>
  'atLeast' in goal ? `≥ ${goal.atLeast} × the lowest floor` : `≤ ${inUnit(goal.atMost, goal.unit)}`;

/** Of a share in hundredths, of a figure in its unit. */
export function missedBy({ goal, achieved }: Pick<Outcome, 'goal' | 'achieved'>): string {
  return 'atLeast' in goal ? (goal.atLeast - achieved).toFixed(2) : inUnit(achieved - goal.atMost, goal.unit);
}

const inUnit = (value: number, unit: Goal['unit']): string => `${figure(value)}${unit === '/s' ? '/s' : ` ${unit}`}`;

/** Three digits are all that a measurement is worth. */
function figure(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: 2 });
}
