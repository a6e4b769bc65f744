import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isOlder, readMerchantChange } from './merchant-change';

/** What happens in commerce's database, and to the connector, one after the other; `change` and `commit` are of one row. */
type Step = 'change' | 'commit' | 'commit of another' | 'snapshot' | 'row read again' | 'connector killed';

interface Sent {
  readonly name: number;
  readonly source: { readonly lsn: bigint | null; readonly sequence: string; readonly ts_ms: number };
}

/** Commerce's log with one row in it, and the feed as Debezium makes it: at the commit, with the places of the changes. */
class Commerce {
  readonly feed: Sent[] = [];
  /** What is committed. */
  name = 0;
  private made = 0;
  private place = 100;
  private lastCommit = 100;
  private open: { place: number; name: number }[] = [];
  private noted = 0;

  constructor() {
    this.snapshot();
  }

  take(step: Step): void {
    this.place += 8;
    if (step === 'change') this.open.push({ place: this.place, name: (this.made += 1) });
    else if (step === 'commit') this.commit();
    else if (step === 'commit of another') this.lastCommit = this.place;
    else if (step === 'snapshot') this.snapshot();
    else if (step === 'row read again') this.readAgain();
    else this.feed.push(...this.feed.slice(this.noted));
  }

  commit(): void {
    for (const { place, name } of this.open) this.send(name, place, [this.lastCommit, place]);
    this.name = this.open.at(-1)?.name ?? this.name;
    this.open = [];
    this.lastCommit = this.place;
  }

  /** With a slot of its own, so that nothing of before comes again. */
  private snapshot(): void {
    this.noted = this.feed.length;
    this.lastCommit = this.place;
    this.send(this.name, this.place, [null, this.place]);
  }

  /** Between two marks that the connector writes into the log; the row is sent when it has come to the second. */
  private readAgain(): void {
    this.send(this.name, null, [this.lastCommit, this.place]);
    this.place += 8;
    this.lastCommit = this.place;
  }

  private send(name: number, lsn: number | null, sequence: readonly (number | null)[]): void {
    const places = sequence.map((place) => (place === null ? null : String(place)));
    const source = { lsn: lsn === null ? null : BigInt(lsn), sequence: JSON.stringify(places), ts_ms: this.place };
    this.feed.push({ name, source });
  }
}

it('the feed of a row leaves what is committed, also with transactions that were open at a snapshot, and repeated', () => {
  const step = fc.constantFrom<Step[]>(
    'change',
    'change',
    'commit',
    'commit',
    'commit of another',
    'snapshot',
    'row read again',
    'connector killed',
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const commerce = new Commerce();
      for (const each of steps) commerce.take(each);
      let stored: { name: string | null; sourceLsn: string | null; sourceTs: Date | null } | undefined;
      for (const { name, source } of commerce.feed) {
        const news = readMerchantChange({ op: 'u', after: { id: 'm1', name: `n${name}` }, source });
        if (news === null || (stored !== undefined && isOlder(news, stored))) continue;
        stored = { name: news.name, sourceLsn: news.lsn, sourceTs: news.at };
      }
      expect(stored?.name).toBe(`n${commerce.name}`);
    }),
  );
});
