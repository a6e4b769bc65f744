import { type Command, textOf, UsageError } from '@nx/ops';
import { CHAIN_BOOKS } from '../../ledger/chain/chain-book';
import { verifyChain, type Anchor, type ChainProgress, type ChainReport } from '../../ledger/chain/verify-chain';

/** Of which option the anchor of a chain is taken. */
const ANCHOR_OPTIONS = { LEDGER: 'anchor', AUDIT: 'audit-anchor' } as const;

const anchorOf = (text: string | undefined): Anchor | undefined => {
  if (text === undefined) return undefined;
  const [, number, hash] = /^(\d{1,18}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (number === undefined || hash === undefined) throw new UsageError('an anchor is <checkpoint>:<hash in hex>');
  return { number, hash };
};

const linesOf = (report: ChainReport): string[] => {
  const { chain, rows, entries, checkpoints, unsealed, anchor, findings, unnamed } = report;
  const state = findings.length === 0 ? 'in order' : `${findings.length + unnamed} finding(s)`;
  return [
    `${chain}: ${state}; ${rows} rows, ${entries} entries, ${checkpoints} checkpoints, ${unsealed} not sealed yet`,
    ...(anchor === null ? [] : [`  anchor ${anchor.number}:${anchor.hash}`]),
    ...findings.map(({ code, subject, detail }) => `  ${code} ${subject}: ${detail}`),
    ...(unnamed === 0 ? [] : [`  and ${unnamed} more`]),
  ];
};

/** A line each time so many more rows are done: a ledger of a day is quiet, one of years shows that it goes on. */
const ROWS_PER_LINE = 100_000;
const PHASES = { SEALS: 'seals recomputed', ROWS: 'rows looked through', ENTRIES: 'journals added up' } as const;

const narrator = (say: ((line: string) => void) | undefined): ((progress: ChainProgress) => void) => {
  let told = '';
  return ({ chain, phase, done, total }) => {
    const reached = `${chain} ${phase} ${Math.floor(done / ROWS_PER_LINE)}`;
    if (done < ROWS_PER_LINE || reached === told) return;
    told = reached;
    say?.(`${chain}: ${done}${total === undefined ? '' : ` of ${total}`} ${PHASES[phase]}`);
  };
};

export const LEDGER_VERIFY: Command = {
  name: 'ledger verify',
  usage: 'ledger verify [--anchor=<checkpoint>:<hash>] [--audit-anchor=<checkpoint>:<hash>]',
  about: 'recomputes the hash chains of ledger and audit trail and names what was changed, removed or inserted',
  options: { anchor: { type: 'string' }, 'audit-anchor': { type: 'string' } },
  positionals: 0,
  run: async ({ database, progress }, input) => {
    const anchors = CHAIN_BOOKS.map(({ name }) => anchorOf(textOf(input, ANCHOR_OPTIONS[name])));
    const reports: ChainReport[] = [];
    const onProgress = narrator(progress);
    for (const [index, book] of CHAIN_BOOKS.entries()) {
      reports.push(await verifyChain(database, book, { anchor: anchors[index], onProgress }));
    }
    const finding = reports.some(({ findings }) => findings.length > 0);
    return { finding, json: { ok: !finding, chains: reports }, lines: reports.flatMap(linesOf) };
  },
};
