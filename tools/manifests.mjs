import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './infra/paths.mjs';

/** The checks are TypeScript that imports the libraries by name; tsx resolves both. */
const child = spawn(
  join(ROOT, 'node_modules', '.bin', 'tsx'),
  [join('tools', 'manifests', 'main.ts'), ...process.argv.slice(2)],
  { cwd: ROOT, stdio: 'inherit' },
);
child.once('exit', (code) => (process.exitCode = code ?? 1));
