import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Line } from './inbox-feed.fixture';

const index = fc.nat({ max: 12 });

/** What may happen, in any order. */
const event = fc.oneof(
  { weight: 5, arbitrary: fc.constant((line: Line) => line.say(line.table.create())) },
  { weight: 2, arbitrary: index.map((at) => (line: Line) => line.say(line.table.read(at))) },
  { weight: 1, arbitrary: fc.constant((line: Line) => line.say(line.table.readAll())) },
  { weight: 2, arbitrary: index.map((at) => (line: Line) => line.say(line.table.remove(at))) },
  { weight: 6, arbitrary: index.map((at) => (line: Line) => line.arrive(at)) },
  { weight: 1, arbitrary: index.map((at) => (line: Line) => void line.underway.splice(at, 1)) },
  { weight: 3, arbitrary: fc.constant((line: Line) => line.look('catch-up')) },
  { weight: 1, arbitrary: fc.constant((line: Line) => line.look('notice')) },
  { weight: 4, arbitrary: fc.constant((line: Line) => line.answer()) },
  { weight: 2, arbitrary: fc.constant((line: Line) => line.reconnect()) },
  {
    weight: 1,
    arbitrary: fc.boolean().map((blocked) => (line: Line) => {
      line.isBlocked = blocked;
    }),
  },
  {
    weight: 5,
    arbitrary: fc.constant((line: Line) => {
      if (line.copy.isStale) line.copy.refetch(line.table);
    }),
  },
);

const story = fc.array(event, { maxLength: 60 });

/** Few enough to fall too far behind, or so many that nobody does. */
const limit = fc.constantFrom(2, 100);

describe('the feed of an inbox', () => {
  it('leaves a client with exactly its inbox, in order and with the right badge, whatever is lost or late', () => {
    fc.assert(
      fc.property(story, limit, (events, told) => {
        const line = new Line(true, told);
        for (const happen of events) happen(line);
        line.settle();
        expect(line.copy.faults).toEqual([]);
        expect(line.copy.shown()).toEqual(line.table.shown());
        expect(line.copy.badge).toBe(line.table.unread);
        expect(line.feed.isBehind).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it('tells a client without revisions everything that was created, once and in order, and the right badge', () => {
    fc.assert(
      fc.property(story, limit, (events, told) => {
        const line = new Line(false, told);
        for (const happen of events) happen(line);
        line.settle();
        expect(line.copy.faults).toEqual([]);
        const has = new Set(line.copy.shown().map(([id]) => id));
        expect(line.table.shown().filter(([id]) => !has.has(id))).toEqual([]);
        expect(line.copy.badge).toBe(line.table.unread);
      }),
      { numRuns: 1000 },
    );
  });

  it('does without a resync as long as nothing but pushes of new notifications is lost', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('arrives', 'lost', 'late', 'reconnect'), { maxLength: 30 }), (fates) => {
        const line = new Line(true, 100);
        for (const fate of fates) {
          if (fate === 'reconnect') line.reconnect();
          else line.say(line.table.create());
          if (fate === 'arrives') line.arrive(line.underway.length - 1);
          if (fate === 'lost') line.underway.pop();
          line.look('catch-up');
          if (fate !== 'late') line.answer();
        }
        line.settle();
        expect([line.resyncs, line.copy.faults]).toEqual([0, []]);
        expect(line.copy.shown()).toEqual(line.table.shown());
      }),
    );
  });

  const started = (missed: number, sequence: number | undefined, revision?: number): Line => {
    const line = new Line(true, 3);
    for (let count = 0; count < missed; count += 1) line.table.create();
    line.copy.sequence = sequence ?? 0;
    line.copy.revision = revision;
    line.reconnect();
    return line;
  };
  const heard = (line: Line): unknown[] => {
    const seen: unknown[] = [];
    const { copy } = line;
    const hear = copy.hear.bind(copy);
    copy.hear = (topic, data) => {
      seen.push([topic.split('/').at(-1), data['reason'] ?? (data['notification'] as { sequence?: number })?.sequence]);
      hear(topic, data);
    };
    line.look('catch-up');
    line.answer();
    return seen;
  };

  it.each([
    ['nothing was missed', 3, 3, undefined, [['state', undefined]]],
    [
      'some were missed',
      3,
      1,
      undefined,
      [
        ['state', undefined],
        ['created', 2],
        ['created', 3],
      ],
    ],
    [
      'as many as are told were missed',
      3,
      0,
      undefined,
      [
        ['state', undefined],
        ['created', 1],
        ['created', 2],
        ['created', 3],
      ],
    ],
    [
      'one more was missed',
      4,
      0,
      undefined,
      [
        ['state', undefined],
        ['resync', 'too_far_behind'],
      ],
    ],
    [
      'the client is ahead',
      2,
      3,
      undefined,
      [
        ['state', undefined],
        ['resync', 'ahead'],
      ],
    ],
    [
      'the client knows of later changes',
      2,
      2,
      9,
      [
        ['state', undefined],
        ['resync', 'ahead'],
      ],
    ],
    [
      'something else was changed',
      3,
      3,
      2,
      [
        ['state', undefined],
        ['resync', 'changed'],
      ],
    ],
  ])('answers when %s', (_case, stored, sequence, revision, expected) => {
    expect(heard(started(stored, sequence, revision))).toEqual(expected);
  });

  it('says so when rows that were missed are gone', () => {
    const line = started(3, 1);
    const snapshot = line.table.snapshot(1, 3);
    line.looks.push({ snapshot: { ...snapshot, missed: snapshot.missed.slice(1) }, told: 0, wish: 'catch-up' });
    line.answer();
    expect([line.resyncs, line.copy.isStale, line.copy.sequence]).toEqual([1, true, 3]);
  });

  it('leaves out what was deleted before the client saw it', () => {
    const line = started(3, 0);
    line.table.remove(1);
    expect(heard(line)).toEqual([
      ['state', undefined],
      ['created', 1],
      ['created', 3],
    ]);
  });

  it('starts over when the table has gone back', () => {
    const line = started(3, 3);
    line.look('catch-up');
    line.answer();
    line.table.items.pop();
    line.table.revision = 2;
    line.look('notice');
    line.answer();
    expect([line.resyncs, line.copy.sequence]).toEqual([1, 2]);
    line.say(line.table.create());
    line.settle();
    expect(line.copy.shown()).toEqual(line.table.shown());
  });

  it('asks for what is missing as soon as a later change arrives', () => {
    const line = started(1, 1);
    line.look('catch-up');
    line.answer();
    expect(line.isBehind).toBe(false);
    line.table.create();
    line.say(line.table.create());
    line.arrive(0);
    expect([line.isBehind, line.copy.sequence]).toEqual([true, 1]);
  });

  it('reads what a release without revisions has stored in between', () => {
    const line = started(1, 1);
    line.look('catch-up');
    line.answer();
    line.table.create();
    line.table.revision -= 1;
    line.say(line.table.create());
    line.arrive(0);
    expect([line.isBehind, line.copy.sequence]).toEqual([true, 1]);
    line.settle();
    expect(line.copy.faults).toEqual([]);
    expect(line.copy.shown()).toEqual(line.table.shown().slice(1));
  });

  it('keeps other pushes waiting for the state, as many as fit', () => {
    const line = started(0, 0);
    const text = (filler: string): string => JSON.stringify({ event: 'observation/x', data: { filler } });
    expect(line.feed.push(text('first'), undefined)).toBe(true);
    expect(line.feed.push(text('x'.repeat(2000)), undefined)).toBe(false);
    expect(heard(line).map((frame) => (frame as string[])[0])).toEqual(['state', 'x']);
    line.feed.push(text('at once'), undefined);
    expect(line.copy.faults).toEqual([]);
  });
});
