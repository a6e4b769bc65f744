import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { localFolder } from './paths.mjs';
import { releasePort, reservePort } from './reservations.mjs';

/** Never served by anybody, so no running system holds it. */
const PORT = 1;

afterEach(() => releasePort(PORT));

describe('the promise of a port', () => {
  it('is given once until it is given back', () => {
    expect(reservePort(PORT)).toBe(true);
    expect(reservePort(PORT)).toBe(false);
    releasePort(PORT);
    expect(reservePort(PORT)).toBe(true);
  });

  it('ends with the process that held it', () => {
    const dead = { pid: process.pid, started: 'another process of this number' };
    writeFileSync(join(localFolder('ports'), String(PORT)), JSON.stringify(dead));
    expect(reservePort(PORT)).toBe(true);
  });
});
