import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { baseEnvironment } from '../environment.mjs';
import { ROOT } from '../infra/paths.mjs';
import type { Stage } from './stage';

const TIMEOUT_MS = 60_000;

/** Undefined when the hash chains of ledger and audit trail verify; else what `ops ledger verify` says. */
export async function verifyChains(stage: Stage): Promise<string | undefined> {
  const { code, output } = await ops(stage, ['ledger', 'verify']);
  return code === 0 ? undefined : output.trim();
}

/** What `ops why` says of a payment. */
export async function whyOf(stage: Stage, payment: string): Promise<string> {
  return (await ops(stage, ['why', payment])).output.trim();
}

/** Runs an operators' command in the environment of the drill's payment service. */
function ops(stage: Stage, args: readonly string[]): Promise<{ code: number; output: string }> {
  const command = [join(ROOT, 'dist', 'apps', 'payment', 'ops.js'), ...args];
  const env = { ...baseEnvironment(), ...stage.system.environment('payment', 'api') };
  return new Promise((resolve) => {
    execFile(process.execPath, command, { env, cwd: ROOT, timeout: TIMEOUT_MS }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ code, output: `${stdout}${stderr}` });
    });
  });
}
