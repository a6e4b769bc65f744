import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { completeLock, type LockFile } from './complete-lock.mjs';

describe('the lock file', () => {
  it('names the binaries of every platform, or npm ci refuses it (remedy: node tools/complete-lock.mjs)', () => {
    const text = readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8');
    expect(completeLock(JSON.parse(text) as LockFile)).toEqual([]);
  });

  it('gets an entry with version and platform for each binary that the registry did not have', () => {
    const lock: LockFile = {
      packages: {
        '': {},
        'node_modules/tool': {
          dev: true,
          optionalDependencies: {
            '@tool/darwin-arm64': '1.2.3',
            '@tool/linux-x64-musl': '1.2.3',
            '@tool/linux-x64-gnu': '1.2.3',
          },
        },
        'node_modules/tool/node_modules/@tool/linux-x64-gnu': { version: '1.2.3' },
      },
    };
    expect(completeLock(lock)).toEqual(['@tool/darwin-arm64@1.2.3', '@tool/linux-x64-musl@1.2.3']);
    expect(lock.packages['node_modules/@tool/darwin-arm64']).toEqual({
      version: '1.2.3',
      cpu: ['arm64'],
      dev: true,
      optional: true,
      os: ['darwin'],
    });
    expect(lock.packages['node_modules/@tool/linux-x64-musl']?.libc).toEqual(['musl']);
    expect(completeLock(lock)).toEqual([]);
  });
});
