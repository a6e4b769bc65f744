import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { build } from '../build.mjs';
import { ROOT } from '../infra/paths.mjs';
import { install } from '../install.mjs';

/** Makes sure of the modules and of dist, then runs the drill, which is TypeScript, by tsx in a process of its own. */
const log = (line) => process.stderr.write(`${line}\n`);
await install({ log });
await build({ log });

const args = ['--import', 'tsx', join('tools', 'chaos', 'main.ts'), ...process.argv.slice(2)];
const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit' });
// Ctrl-C reaches the drill from the terminal; what is sent to this process alone is handed on. It waits either way.
process.on('SIGINT', () => {});
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.once('exit', (code, signal) => (process.exitCode = code ?? (signal ? 1 : 0)));
