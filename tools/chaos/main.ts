import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { LOCAL } from '../infra/paths.mjs';
import { headline } from './oracle/judge';
import { parseOptions, USAGE, UsageError, type ChaosOptions } from './options';
import { json, text } from './report';
import { runDrill, type Progress, type Report } from './run';
import { terminalProgress } from './progress';

const EXIT = { clean: 0, offences: 1, usage: 2, failed: 3, interrupted: 130 } as const;

/** All runs, one after the other. Returns the exit code. */
async function main(args: readonly string[], stop: AbortSignal): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(`${USAGE}\n`);
    return EXIT.clean;
  }
  const options = parseOptions(args, () => randomBytes(4).toString('hex'));
  const progress = terminalProgress(options.json ? process.stderr : process.stdout);
  const reports: Report[] = [];
  for (const seed of options.seeds) reports.push(await one(seed, options, progress, stop));
  if (options.json) process.stdout.write(`${JSON.stringify(reports.map(json), null, 2)}\n`);
  else if (reports.length > 1)
    for (const { seed, verdict } of reports) process.stdout.write(`${seed.padEnd(16)} ${headline(verdict)}\n`);
  return reports.every(({ verdict }) => verdict.clean) ? EXIT.clean : EXIT.offences;
}

/** Logs of a clean run, and of one that was interrupted, are of no use to anybody. */
async function one(seed: string, options: ChaosOptions, progress: Progress, stop: AbortSignal): Promise<Report> {
  const logFolder = join(LOCAL, 'chaos', `${seed}-${process.pid}`);
  const report = await runDrill({ ...options, seed, logFolder, progress, stop }).finally(() => {
    if (stop.aborted) rmSync(logFolder, { recursive: true, force: true });
  });
  if (report.verdict.clean) rmSync(logFolder, { recursive: true, force: true });
  if (!options.json) process.stdout.write(`${text(report)}\n`);
  return report;
}

const stopping = new AbortController();
// Everybody at a till listens to it.
setMaxListeners(0, stopping.signal);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // A second one does not wait: the supervisors end what is left.
    if (stopping.signal.aborted) process.exit(EXIT.interrupted);
    process.stderr.write(`\n${signal}: stopping what was started\n`);
    stopping.abort(new Error('interrupted'));
  });
}

void main(process.argv.slice(2), stopping.signal)
  .catch((error: unknown) => {
    if (stopping.signal.aborted) return EXIT.interrupted;
    const usage = error instanceof UsageError;
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage ? `\n${USAGE}\n` : ''}`);
    return usage ? EXIT.usage : EXIT.failed;
  })
  .then((code) => process.exit(code));
