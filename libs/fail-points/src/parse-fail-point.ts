/** What a process does to itself at an armed point: end without a word, or stand still until it is continued. */
export type FailPointAction = 'kill' | 'pause';

export interface FailPoint {
  /** A whole name, or the beginning of names followed by `*`. */
  readonly name: string;
  /** It acts at the n-th passing, once. */
  readonly passing: number;
  readonly action: FailPointAction;
}

const FORM = /^([^@=\s][^@=]*?)(?:@([1-9]\d{0,6}))?(?:=(kill|pause))?$/;

/**
 * Reads `<name>[@n][=kill|pause]`: the first passing and `kill` unless it says otherwise.
 * @throws TypeError for any other form
 */
export function parseFailPoint(text: string): FailPoint {
  const [, name, passing = '1', action = 'kill'] = FORM.exec(text) ?? [];
  if (name === undefined) throw new TypeError('a fail point is written <name>[@n][=kill|pause]');
  return { name, passing: Number(passing), action: action === 'pause' ? 'pause' : 'kill' };
}
