import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { build } from '../build.mjs';
import { ROOT } from '../infra/paths.mjs';

// The figures of signal are those of its bundle.
await build({ log: (line) => process.stderr.write(`${line}\n`) });

/** The benchmarks are TypeScript that imports the libraries by name; tsx resolves both. */
const child = spawn(
  join(ROOT, 'node_modules', '.bin', 'tsx'),
  [join('tools', 'bench', 'main.ts'), ...process.argv.slice(2)],
  {
    cwd: ROOT,
    stdio: 'inherit',
  },
);
child.once('exit', (code) => (process.exitCode = code ?? 1));
