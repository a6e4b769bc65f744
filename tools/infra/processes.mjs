import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * What tells a process from a later one that got the same number: on Linux the boot and the start time in ticks, else
 * the start time that `ps` prints. `null` when no such process lives (a zombie has ended, only nobody has asked yet).
 */
export function startStamp(pid) {
  if (process.platform === 'linux') return linuxStartStamp(pid);
  const result = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
  return result.status === 0 && result.stdout.trim() !== '' ? result.stdout.trim() : null;
}

function linuxStartStamp(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command name stands in parentheses and may hold anything, so fields count from the last closing one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return null;
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}:${fields[19]}`;
  } catch {
    return null;
  }
}

/** `{pid, started}` of a living process; throws when there is none. */
export function identify(pid) {
  const started = startStamp(pid);
  if (started === null) throw new Error(`process ${pid} does not live`);
  return { pid, started };
}

/** True when exactly this process still lives; a reused number is another process. */
export function isAlive(identity) {
  return Boolean(identity) && identity.started !== undefined && startStamp(identity.pid) === identity.started;
}

/** Sends a signal to exactly this process (its whole group with `group`); false when it is gone. */
export function signalProcess(identity, signal, { group = false } = {}) {
  if (!isAlive(identity)) return false;
  try {
    process.kill(group ? -identity.pid : identity.pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** Waits until the process is gone; false at the deadline. */
export async function waitForExit(identity, timeoutMs) {
  const deadline = Date.now() + timeoutMs;
  while (isAlive(identity)) {
    if (Date.now() > deadline) return false;
    await delay(25);
  }
  return true;
}

/** Ends exactly this process: the soft signal first, SIGKILL after the grace time. */
export async function stopProcess(identity, { signal = 'SIGTERM', graceMs = 10_000, group = false } = {}) {
  if (!signalProcess(identity, signal, { group })) return;
  if (await waitForExit(identity, graceMs)) return;
  signalProcess(identity, 'SIGKILL', { group });
  await waitForExit(identity, 5_000);
}
