import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { localFolder } from './paths.mjs';
import { nextFreePort } from './ports.mjs';
import { identify, isAlive } from './processes.mjs';

/**
 * Promises a port to this process, so that systems which start at the same moment do not find the same one free. A
 * promise ends with `releasePort` or with the process.
 * @returns {boolean} false when a living process has it
 */
export function reservePort(port) {
  const file = fileOf(port);
  for (let attempt = 1; attempt <= 2; attempt++) {
    try {
      const handle = openSync(file, 'wx', 0o600);
      writeSync(handle, JSON.stringify(identify(process.pid)));
      closeSync(handle);
      return true;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (isHeld(file)) return false;
      rmSync(file, { force: true });
    }
  }
  return false;
}

export function releasePort(port) {
  rmSync(fileOf(port), { force: true });
}

/** Below the range from which the kernel takes ports of outgoing connections. */
const PORTS = { first: 22_000, last: 29_000 };

/**
 * A free port for something that this process starts. Nobody else gets it before it is bound, or while what listens
 * there is away for a moment: systems and tests run side by side.
 * @param {{taken?: Set<number>, usable?: (port: number) => Promise<boolean>}} [options] as of `nextFreePort`
 */
export function reserveFreePort({ taken, usable = async () => true } = {}) {
  const first = PORTS.first + Math.floor(Math.random() * (PORTS.last - PORTS.first));
  return nextFreePort(first, { taken, usable: async (port) => (await usable(port)) && reservePort(port) });
}

const fileOf = (port) => join(localFolder('ports'), String(port));

function isHeld(file) {
  try {
    return isAlive(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    // Just being written: its owner lives.
    return true;
  }
}
