import 'reflect-metadata';
import { checkAll, type StageReport } from './check';
import { sentenceOf } from './objects';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function table(reports: readonly StageReport[]): void {
  say('stage         objects  complaints');
  for (const { stage, objects, complaints } of reports)
    say(`${stage.padEnd(12)}  ${String(objects).padStart(7)}  ${String(complaints.length).padStart(10)}`);
  // A fault of the base shows in every stage; it is told once.
  const told = new Set<string>();
  for (const complaint of reports.flatMap(({ complaints }) => complaints)) {
    const sentence = sentenceOf(complaint);
    if (!told.has(sentence)) say(sentence);
    told.add(sentence);
  }
}

/** Exit codes: 0 in order, 1 something is wrong with a manifest, 2 wrong usage, 3 it could not be checked. */
async function main(args: readonly string[]): Promise<number> {
  const unknown = args.find((argument) => argument !== '--json');
  if (unknown !== undefined) {
    process.stderr.write(`${unknown} is not known; usage: npm run manifests [-- --json]\n`);
    return 2;
  }
  const reports = await checkAll();
  if (args.includes('--json')) say(JSON.stringify(reports, null, 2));
  else table(reports);
  return reports.some(({ complaints }) => complaints.length > 0) ? 1 : 0;
}

void main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 3;
  },
);
