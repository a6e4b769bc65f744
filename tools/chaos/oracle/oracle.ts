import type { Api } from '../../demo/http.mjs';
import type { DatabaseOfRecord } from '../record';
import { isOpen, waitsForProof } from './judge-unknowns';
import { readRecords } from './read-records';
import { readTruth } from './read-truth';
import type { World } from './world';

/** Reads the sandbox's truth and the database of record, and nothing else. */
export class Oracle {
  constructor(
    private readonly sandbox: Api,
    private readonly record: DatabaseOfRecord,
    private readonly recipients: readonly string[],
  ) {}

  /** The truth first: what happens in between is in the records at most, never missing there. */
  async look(): Promise<World> {
    const truth = await readTruth(this.sandbox);
    const records = await readRecords(this.record);
    return { truth, records, recipients: this.recipients, at: Date.now() };
  }
}

/** What is still on its way in a world, and how much of it waits for a time that nobody can bring forward. */
export function unfinished({ records, at }: World): { readonly moving: string[]; readonly waiting: string[] } {
  const open = records.attempts.filter(isOpen);
  const proof = open.filter((attempt) => waitsForProof(attempt, at));
  const late = open.length - proof.length;
  return {
    moving: [
      ...records.pending.map(({ what, count, example }) => `${count} ${what} (${example})`),
      ...(late > 0 ? [`${late} attempts whose outcome could be proven`] : []),
    ],
    waiting: proof.map(({ uid, status }) => `${uid} is ${status}; a "not paid" counts only after its time to pay`),
  };
}
