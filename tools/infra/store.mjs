import { chmodSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LOCAL, localFolder } from './paths.mjs';
import { identify, isAlive } from './processes.mjs';

export const INFRA_FILE = join(LOCAL, 'infra.json');
const STATE_FILE = join(LOCAL, 'infra', 'state.json');
const USERS = ['infra', 'users'];

/** Parsed JSON of a file; `fallback` when it is missing or was cut off. */
export function readJson(path, fallback) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return fallback;
  }
}

/** Writes JSON in one step (readers see the old or the new text), readable by its owner alone. */
export function writeJson(path, value) {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  chmodSync(temporary, 0o600);
  renameSync(temporary, path);
}

/** `{kept, servers: {postgres?, redis?, kafka?}}`: what we started and still answer for. */
export const readState = () => readJson(STATE_FILE, { kept: false, servers: {} });
export const writeState = (state) => writeJson(STATE_FILE, state);

/** Notes that this process needs the servers; they end with the last user unless they are kept. */
export function registerUser() {
  const file = join(localFolder(...USERS), `${process.pid}.json`);
  writeJson(file, identify(process.pid));
  return () => rmSync(file, { force: true });
}

/** Living users of the servers; notes of dead ones are cleared. */
export function liveUsers() {
  const folder = localFolder(...USERS);
  const users = [];
  for (const name of readdirSync(folder).filter((entry) => entry.endsWith('.json'))) {
    const identity = readJson(join(folder, name), null);
    if (identity && isAlive(identity)) users.push(identity);
    else rmSync(join(folder, name), { force: true });
  }
  return users;
}
