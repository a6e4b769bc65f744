import { isShare, shareOfGoal, type Outcome } from '../outcome';

const ROW = 34;
const TOP = 64;
const LABELS = 270;
const PLOT = 520;
const RIGHT = 110;
const WIDTH = LABELS + PLOT + RIGHT;
const BAR = 18;

/** The goal stands at this share of the plot; what is more than twice the goal ends at the edge. */
const GOAL_AT = 0.5;

const xOf = (share: number): number => LABELS + PLOT * Math.min(1, Math.max(0, share) * GOAL_AT);

/**
 * One bar per figure, in shares of its goal: the line is the goal, whatever lies right of it meets it. The thin line is
 * the range of the rounds. Readable on white and on black paper.
 */
export function chart(outcomes: readonly Outcome[], caption: string): string {
  const height = TOP + outcomes.length * ROW + 30;
  const goal = xOf(1);
  const bottom = height - 22;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="13" role="img">
<title>Figures in shares of their goals</title>
<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
<text x="12" y="22" font-size="15" font-weight="600" fill="#16202c">What was reached, in shares of the goal</text>
<text x="12" y="42" font-size="11" fill="#5b6b7d">${escape(caption)}</text>
${outcomes.map((outcome, at) => row(outcome, TOP + at * ROW)).join('\n')}
<line x1="${goal}" y1="${TOP - 10}" x2="${goal}" y2="${bottom}" stroke="#16202c" stroke-width="1.5" stroke-dasharray="5 3"/>
<text x="${goal}" y="${bottom + 15}" text-anchor="middle" font-size="11" fill="#16202c">goal</text>
</svg>
`;
}

function row(outcome: Outcome, top: number): string {
  const { goal, achieved, met } = outcome;
  const share = shareOfGoal(outcome, achieved);
  const ends = [shareOfGoal(outcome, outcome.lowest), shareOfGoal(outcome, outcome.highest)].map(xOf);
  const middle = top + BAR / 2;
  const width = xOf(share) - LABELS;
  const label = isShare(goal) ? `${achieved.toFixed(2)} ×` : `${Number(achieved.toPrecision(3))} ${goal.unit}`;
  return `<g>
<text x="${LABELS - 10}" y="${middle + 4}" text-anchor="end" fill="#16202c">${escape(goal.title)}</text>
<rect x="${LABELS}" y="${top}" width="${round(width)}" height="${BAR}" rx="3" fill="${met ? '#2e8b57' : '#c8553d'}"/>
<line x1="${round(Math.min(...ends))}" y1="${middle}" x2="${round(Math.max(...ends))}" y2="${middle}" stroke="#16202c" stroke-opacity="0.55"/>
<text x="${LABELS + PLOT + 8}" y="${middle + 4}" fill="${met ? '#16202c' : '#9c3a26'}">${escape(label)}</text>
</g>`;
}

const round = (value: number): number => Math.round(value * 10) / 10;

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
