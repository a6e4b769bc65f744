import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const LIST = join(import.meta.dirname, '..', 'fail-points.txt');

/**
 * Upkeep, leases, seals and the watch over them, settings, sweeps and what is shown of invoices: who dies there leaves
 * nobody's money half done. What the invoices' sweep finds to do, and whether a webhook needs a second try, depends on
 * how slow the machine is; the drill's random kills meet it.
 */
const NO_WAY_OF_MONEY: readonly RegExp[] = [
  /platform\.|:delete-|QueuePartitioning|CdcResync|ChainCheckpoint|InvariantWatch|sweep-|handleMerchantCDC|insert-WebhookTry/,
  /(POST|PATCH)\/(configurations|webhook-configs|invoice-)/,
  /^payment\.(commit|acknowledge)\..*:invoice\.events$/,
  /^invoice\.(commit\.\w+:update-Invoice|enqueue\.\w+:invoice-issuance)$/,
];

/** The reviewed list by process. */
export function reviewedPoints(): ReadonlyMap<string, readonly string[]> {
  const sections = new Map<string, string[]>();
  let section: string[] = [];
  for (const line of readFileSync(LIST, 'utf8').split('\n')) {
    const [, name] = /^\[(.+)\]$/.exec(line) ?? [];
    if (name !== undefined) sections.set(name, (section = []));
    else if (line !== '' && !line.startsWith('#')) section.push(line);
  }
  return sections;
}

/** What a process has written down so far of the ways of money. */
export function recordedPoints(file: string): string[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return [...new Set(lines)].filter((line) => line !== '' && !NO_WAY_OF_MONEY.some((way) => way.test(line)));
}

/** Which points a run kills at. */
export interface Choice {
  /** One of so many: ten seeds in a row meet all of them where it is ten. */
  readonly share: number;
  readonly seed: number;
  /** Only those that match, and all of these. */
  readonly only?: RegExp | undefined;
}

/**
 * The points of one process at which a run kills it: the last of each ten, so that what is left over of a list costs no
 * death; a process with fewer points than that dies once.
 */
export function chosen(points: readonly string[], { share, seed, only }: Choice): string[] {
  if (only !== undefined) return points.filter((point) => only.test(point));
  const every = Math.min(share, points.length);
  return points.filter((_point, index) => (index + seed + 1) % every === 0);
}
