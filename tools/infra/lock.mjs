import { closeSync, openSync, readFileSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { identify, isAlive } from './processes.mjs';

const STEAL_MAX_AGE_MS = 10_000;

/**
 * Runs `work` while this process alone holds the lock file. The lock of a dead process is taken over; a living holder
 * is waited for until the deadline, and `onWait` is told once who it is.
 */
export async function withLock(path, work, { timeoutMs = 300_000, onWait = () => {} } = {}) {
  const deadline = Date.now() + timeoutMs;
  let told = false;
  while (!tryCreate(path)) {
    const holder = readHolder(path);
    if (holder && !isAlive(holder)) {
      removeStale(path, holder);
      continue;
    }
    if (!told && holder) {
      told = true;
      onWait(holder);
    }
    if (Date.now() > deadline) throw new Error(`${path} is held by process ${holder?.pid ?? 'unknown'}`);
    await delay(100);
  }
  try {
    return await work();
  } finally {
    unlinkSync(path);
  }
}

function tryCreate(path) {
  let file;
  try {
    file = openSync(path, 'wx', 0o600);
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
  writeSync(file, JSON.stringify(identify(process.pid)));
  closeSync(file);
  return true;
}

/** Who holds the lock; null while it is being written or has just been given back. */
function readHolder(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return brokenSince(path) > STEAL_MAX_AGE_MS ? { pid: 0, started: 'never' } : null;
  }
}

function brokenSince(path) {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}

/** Only one of several waiting processes may remove a dead holder's file, or it would remove the next holder's. */
function removeStale(path, holder) {
  const guard = `${path}.steal`;
  try {
    closeSync(openSync(guard, 'wx', 0o600));
  } catch {
    if (brokenSince(guard) > STEAL_MAX_AGE_MS) unlinkQuietly(guard);
    return;
  }
  const now = readHolder(path);
  if (now && now.pid === holder.pid && now.started === holder.started) unlinkQuietly(path);
  unlinkQuietly(guard);
}

function unlinkQuietly(path) {
  try {
    unlinkSync(path);
  } catch {
    // Someone else was faster.
  }
}
