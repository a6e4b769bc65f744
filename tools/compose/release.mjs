import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../infra/paths.mjs';
import { findCommand, run } from '../infra/shell.mjs';

/**
 * What the labels of our images say, as variables of docker-compose.yml: the version of package.json, the commit, with
 * `-changed` behind it where files differ from it, and the commit's time, so that one commit always gives the same labels.
 * Without git, as in an archive, the commit stays unknown and is not given.
 * @returns {Promise<Record<string, string>>}
 */
export async function releaseVariables() {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const git = async (...args) =>
    findCommand('git') ? run('git', args, { cwd: ROOT, env: process.env }) : { code: 1, output: '' };
  const [commit, changed] = await Promise.all([
    git('show', '--no-patch', '--format=%H %cI', 'HEAD'),
    git('status', '--porcelain', '--untracked-files=no'),
  ]);
  if (commit.code !== 0) return { NX_VERSION: version };
  const [revision, created] = commit.output.trim().split(' ');
  return {
    NX_VERSION: version,
    NX_REVISION: changed.output.trim() === '' ? revision : `${revision}-changed`,
    NX_CREATED: created,
  };
}

const LABEL = 'org.opencontainers.image.';

/** What is wrong with the labels of an image of ours, one sentence each. @param {Record<string, string>} release its variables */
export function labelProblems(labels, release) {
  const wanted = { version: release.NX_VERSION, revision: release.NX_REVISION, created: release.NX_CREATED };
  const empty = ['title', 'description'].filter((name) => !labels[LABEL + name]);
  const others = Object.entries(wanted).filter(
    ([name, value]) => value !== undefined && labels[LABEL + name] !== value,
  );
  return [
    ...empty.map((name) => `the label ${name} is missing`),
    ...others.map(([name, value]) => `the label ${name} is ${labels[LABEL + name] ?? 'missing'}, not ${value}`),
  ];
}
