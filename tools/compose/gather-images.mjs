import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../infra/paths.mjs';
import { readComposeFile } from './checks.mjs';
import { imageProblem } from './docker.mjs';
import { STAND_INS, buildStandIn } from './stand-ins.mjs';

/**
 * Every foreign image of docker-compose.yml: the public one where it can be pulled, else a stand-in, else its service is left
 * out, which is said.
 * @returns {Promise<{images: Record<string, string>, leftOut: string[]}>} images by variable; services without one
 */
export async function gatherImages(docker, env, { log, live }) {
  const text = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');
  const asked = readComposeFile(text, env).images.filter(({ built }) => !built);
  const foreign = [...new Map(asked.map((entry) => [entry.variable, entry])).values()];
  const problems = await Promise.all(foreign.map(({ image }) => imageProblem(docker, image, { onLine: live })));
  const images = {};
  const leftOut = [];
  for (const [index, { service, image, variable }] of foreign.entries()) {
    if (problems[index] === null) continue;
    try {
      if (!STAND_INS[variable]) throw new Error('no registry that can be reached carries it');
      images[variable] = await buildStandIn(docker, variable, { log, live });
      log(`  ${image}: ${images[variable]} stands in (${problems[index]})`);
    } catch (error) {
      leftOut.push(service);
      log(`  ${image}: LEFT OUT, ${service} does not run in this test (${problems[index]}; ${error.message})`);
    }
  }
  return { images, leftOut };
}
