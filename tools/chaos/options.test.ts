import { describe, expect, it } from 'vitest';
import { FAULT_NAMES } from './fault-kinds';
import { parseOptions } from './options';

const parse = (...args: string[]) => parseOptions(args, () => 'fresh');

describe('the command line', () => {
  it('has defaults for everything', () => {
    expect(parse()).toEqual({ seeds: ['fresh'], minutes: 1, replicas: 2, faults: FAULT_NAMES, json: false });
  });

  it('takes one seed or several, kinds of faults, and none of them', () => {
    expect(parse('--seed', 'a', '--minutes', '0.5', '--replicas=3', '--json')).toMatchObject({
      seeds: ['a'],
      minutes: 0.5,
      replicas: 3,
      json: true,
    });
    expect(parse('--seeds', 'a,b').seeds).toEqual(['a', 'b']);
    expect(parse('--fault', 'cut, kill').faults).toEqual(['kill', 'cut']);
    expect(parse('--fault', 'none').faults).toEqual([]);
  });

  it.each([
    [['--minutes', 'soon'], '--minutes takes a number from 0.25 to 240, not "soon"'],
    [['--minutes', '0'], '--minutes takes a number from 0.25 to 240, not "0"'],
    [['--minutes', ''], '--minutes takes a number from 0.25 to 240, not ""'],
    [['--replicas', '2.5'], '--replicas takes a whole number from 2 to 3, not "2.5"'],
    [['--replicas', '4'], '--replicas takes a whole number from 2 to 3, not "4"'],
    [['--fault', 'kill,flood'], '--fault knows no "flood"; it takes kill,'],
    [['--seed', 'a b'], '--seed takes 1 to 40 letters, digits, dots, dashes or underscores, not "a b"'],
    [['--seeds', 'a,,b'], 'not ""'],
    [['--seeds', 'a,a'], '--seeds names one seed twice'],
    [['--seed', 'a', '--seeds', 'b,c'], '--seed and --seeds exclude each other'],
    [['--hours', '1'], '--hours'],
    [['twice'], 'twice'],
  ])('refuses %j and says what is wrong', (args, message) => {
    expect(() => parse(...args)).toThrow(message);
  });
});
