import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../infra/paths.mjs';
import { findCommand, run } from '../infra/shell.mjs';

/**
 * What this tree is: the version of package.json, the commit, with `-changed` behind it where files differ from it, and the
 * commit's time. Without git, as in an archive, the commit stays unknown and is not given.
 * @returns {Promise<{version: string, commit?: string, committedAt?: string}>}
 */
export async function thisRelease() {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const git = async (...args) =>
    findCommand('git') ? run('git', args, { cwd: ROOT, env: process.env }) : { code: 1, output: '' };
  const [head, changed] = await Promise.all([
    git('show', '--no-patch', '--format=%H %cI', 'HEAD'),
    git('status', '--porcelain'),
  ]);
  if (head.code !== 0) return { version };
  const [commit, committedAt] = head.output.trim().split(' ');
  return { version, commit: changed.output.trim() === '' ? commit : `${commit}-changed`, committedAt };
}
