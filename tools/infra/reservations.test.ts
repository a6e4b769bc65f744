import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { localFolder } from './paths.mjs';
import { isPortFree } from './ports.mjs';
import { releasePort, reserveFreePort, reservePort } from './reservations.mjs';

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

  it('is given with a free port that no outgoing connection can take, to each who asks another one', async () => {
    const ports = await Promise.all(Array.from({ length: 20 }, () => reserveFreePort()));
    expect(new Set(ports).size).toBe(20);
    for (const port of ports) {
      expect(port).toBeLessThan(32_768);
      expect(await isPortFree(port)).toBe(true);
      expect(reservePort(port)).toBe(false);
      releasePort(port);
    }
  });

  it('is not given with a port that is of no use', async () => {
    const tried: number[] = [];
    const usable = (port: number): Promise<boolean> => Promise.resolve(tried.push(port) === 3);
    const port = await reserveFreePort({ usable });
    expect(tried).toHaveLength(3);
    expect(port).toBe(tried[2]);
    releasePort(port);
  });
});
