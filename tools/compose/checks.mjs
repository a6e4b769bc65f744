import { parse } from 'yaml';
import { interpolate, missingVariables, variableOf } from './variables.mjs';

/**
 * What docker-compose.yml asks of the machine, under an environment.
 * @param {string} text the file
 * @param {Record<string, string | undefined>} env
 * @param {string[]} [only] services; all without it
 */
export function readComposeFile(text, env, only) {
  const file = parse(text);
  const names = only ?? Object.keys(file.services);
  const services = names.map((name) => ({ name, ...file.services[name] }));
  const bases = Object.values(file['x-base-images'] ?? {}).map((image) => ({ name: 'our images', image }));
  return {
    missing: missingVariables(text, env),
    images: [...services, ...bases].map(({ name, image, build }) => {
      return { service: name, image: interpolate(image, env), variable: variableOf(image), built: build !== undefined };
    }),
    ports: services.flatMap(({ name, ports = [] }) =>
      ports.map((text) => ({
        service: name,
        port: Number(interpolate(text, env).split(':').at(-2)),
        variable: variableOf(text),
      })),
    ),
  };
}

/** One sentence with its remedy per thing that would stop the start; they are asked before anything is started. */
export async function findProblems({ missing, images, ports }, { isPortFree, imageProblem }) {
  if (missing.length > 0) return [missingSecrets(missing)];
  const problems = [];
  const seen = new Map();
  for (const { service, port, variable } of ports) {
    if (!Number.isInteger(port) || port < 1 || port > 65_535)
      problems.push(`${variable} is not a port. Give a number from 1 to 65535.`);
    else if (seen.has(port))
      problems.push(
        `Port ${port} is asked for by ${seen.get(port)} and ${service}. Give another one: ${variable}=<port>.`,
      );
    else if (!(await isPortFree(port)))
      problems.push(`Port ${port} for ${service} is in use. Give another one: ${variable}=<port>.`);
    seen.set(port, service);
  }
  const foreign = new Map(images.filter(({ built }) => !built).map((entry) => [entry.image, entry]));
  for (const { service, image, variable } of foreign.values()) {
    const problem = await imageProblem(image);
    if (problem === null) continue;
    problems.push(
      `The image ${image} of ${service} cannot be had (${problem}). Give one that you can reach: ${variable}=<image>.`,
    );
  }
  return problems;
}

function missingSecrets(names) {
  const [one] = names;
  const what = names.length === 1 ? `The secret ${one} is` : `The secrets ${names.join(', ')} are`;
  return `${what} missing. Make what is missing with: npm run compose -- secrets`;
}
