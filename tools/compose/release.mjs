import { thisRelease } from '../release/this-release.mjs';

/**
 * What the labels of our images say, as variables of docker-compose.yml. The time is the commit's, so that one commit always
 * gives the same labels.
 * @returns {Promise<Record<string, string>>}
 */
export async function releaseVariables() {
  const { version, commit, committedAt } = await thisRelease();
  return { NX_VERSION: version, ...(commit && { NX_REVISION: commit, NX_CREATED: committedAt }) };
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
