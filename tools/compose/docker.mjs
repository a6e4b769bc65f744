import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { ROOT } from '../infra/paths.mjs';
import { findCommand, run } from '../infra/shell.mjs';

/** What stops a command for a reason that a person can mend; its message is one sentence with the remedy. */
export class ComposeProblem extends Error {}

/**
 * The engine that answers and its compose, v2 or 1.29: `docker(args)` and `compose(args)` give `{code, output}`; with
 * `onLine` each line is handed on as it comes.
 * @param {Record<string, string | undefined>} env of every call
 * @param {{signal?: AbortSignal}} [options] ends a call that runs as Ctrl-C would; a call may set `signal: undefined`
 * @throws ComposeProblem where there is none
 */
export async function openDocker(env, { signal } = {}) {
  const engine = findCommand('docker')
    ? await run('docker', ['version', '--format', '{{.Server.Version}}'], { env })
    : null;
  if (engine === null || engine.code !== 0)
    throw new ComposeProblem(
      `No Docker engine answers (${lastLine(engine?.output ?? 'no docker command')}). Start one, or point DOCKER_HOST at it.`,
    );
  const plugin = (await run('docker', ['compose', 'version'], { env })).code === 0;
  if (!plugin && !findCommand('docker-compose'))
    throw new ComposeProblem(
      'This Docker has no compose. Install the plugin (docker-compose-plugin), or docker-compose 1.29 of Debian.',
    );
  const [command, ...first] = plugin ? ['docker', 'compose'] : ['docker-compose'];
  return {
    version: engine.output.trim(),
    composeName: [command, ...first].join(' '),
    docker: (args, options = {}) => call('docker', args, { env, signal, ...options }),
    compose: (args, options = {}) => call(command, [...first, ...args], { env, signal, ...options }),
  };
}

/** Runs in the clone, without a terminal. An ended call is a code other than 0. */
function call(command, args, { env, signal, onLine = () => {}, timeoutMs = 0 } = {}) {
  return new Promise((resolve) => {
    const stdio = ['ignore', 'pipe', 'pipe'];
    const child = spawn(command, args, { cwd: ROOT, env, stdio, signal, killSignal: 'SIGINT', timeout: timeoutMs });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => {
        output += `${line}\n`;
        onLine(line);
      });
    child.once('error', (error) => resolve({ code: 127, output: `${output}${error.message}\n` }));
    child.once('close', (code) => resolve({ code: code ?? 130, output }));
  });
}

export const lastLine = (text) => text.trim().split('\n').at(-1) ?? '';

/**
 * Why an image cannot be had; null when it is on the machine, or was pulled now.
 * @returns {Promise<string | null>} the registry's own words
 */
export async function imageProblem({ docker }, image, { onLine } = {}) {
  if ((await docker(['image', 'inspect', '--format', '{{.Id}}', image])).code === 0) return null;
  const pulled = await docker(['pull', image], { onLine, timeoutMs: 900_000 });
  return pulled.code === 0 ? null : lastLine(pulled.output).replace(/^Error response from daemon: /, '');
}

/** Containers of the project: `{service, state, health, exitCode}`; health is `none` where nothing asks for it. */
export async function containersOf({ docker, compose }) {
  const listed = await compose(['ps', '-a', '-q']);
  const ids = listed.output.split('\n').filter((line) => /^[0-9a-f]{12,}$/.test(line));
  if (ids.length === 0) return [];
  const format =
    '{{index .Config.Labels "com.docker.compose.service"}} {{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}} {{.State.ExitCode}}';
  const { output } = await docker(['inspect', '--format', format, ...ids]);
  return output
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
    .map(([service, state, health, exitCode]) => ({ service, state, health, exitCode: Number(exitCode) }));
}
