import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, localFolder } from './infra/paths.mjs';

const bin = (name) => join(ROOT, 'node_modules', '.bin', name);

/** The static checks: each counts as one test. */
export const CHECKS = [
  { name: 'format', command: 'prettier', args: ['--check', '--log-level=warn', '.'] },
  { name: 'lint', command: 'oxlint', args: ['--type-aware', '--quiet'] },
  { name: 'types', command: 'tsc', args: ['-p', 'tsconfig.json', '--noEmit'] },
  { name: 'tiers', command: 'depcruise', args: ['--output-type', 'err', 'apps', 'libs', 'sandbox', 'test', 'tools'] },
  { name: 'dead code', command: 'knip', args: ['--no-progress', '--no-config-hints'] },
];

/**
 * Runs the checks, at most `limit` at a time, and reports each as it ends.
 * @param {{supervisor: object, report: (result: {name: string, passed: boolean, seconds: number, output: string}) => void}} options
 * @returns {Promise<{passed: number, failures: string[]}>} a line for each that failed
 */
export async function runChecks({ supervisor, report, limit = 2 }) {
  const waiting = [...CHECKS];
  const count = { passed: 0, failures: [] };
  const logs = localFolder('test');
  mkdirSync(localFolder('cache'), { recursive: true });
  const worker = async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) {
      const begin = Date.now();
      const logFile = join(logs, `${check.name.replace(' ', '-')}.log`);
      rmSync(logFile, { force: true });
      const child = await supervisor.start(`check ${check.name}`, {
        command: bin(check.command),
        args: check.args,
        cwd: ROOT,
        logFile,
      });
      const { code } = await child.exited;
      if (code === 0) count.passed++;
      else count.failures.push(`static check: ${check.name}`);
      const output = code === 0 ? '' : readFileSync(logFile, 'utf8');
      report({ name: check.name, passed: code === 0, seconds: (Date.now() - begin) / 1000, output });
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
  return count;
}
