import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { identify } from './processes.mjs';

/**
 * Starts a server that outlives its starter: own session, output to a file. Returns its identity, with which alone it
 * is ended later.
 */
export async function startDetached(command, args, { logFile, ...options }) {
  const log = openSync(logFile, 'a', 0o600);
  try {
    const child = spawn(command, args, { detached: true, stdio: ['ignore', log, log], ...options });
    await new Promise((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    return identify(child.pid);
  } finally {
    closeSync(log);
  }
}

/** The last lines of a server's log, for the message when it does not start. */
export function logTail(logFile, lines = 15) {
  try {
    return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '';
  }
}
