import { createServer } from 'node:net';
import { join } from 'node:path';
import { ROOT } from '../infra/paths.mjs';
import { run } from '../infra/shell.mjs';
import { containersOf } from './docker.mjs';

const CLI = join(ROOT, 'tools', 'compose', 'cli.mjs');

/**
 * What a person gets wrong before anything runs: each is one sentence with its remedy, and leaves nothing behind.
 * @returns {[string, (docker: object) => Promise<void>][]}
 */
export function badInput(env, leftOut) {
  const up = (wrong) => startWrong({ ...env, ...wrong }, leftOut);
  return [
    [
      'a missing secret: one sentence, nothing started',
      (docker) =>
        refused(docker, up({ NX_PAYMENT_KEYS: '' }), [
          'The secret NX_PAYMENT_KEYS is missing. Make what is missing with: npm run compose -- secrets',
        ]),
    ],
    [
      'the same by compose alone',
      async ({ compose }) => {
        const outcome = await compose(['config'], { env: { ...env, NX_PAYMENT_KEYS: '' } });
        if (outcome.code === 0 || !outcome.output.includes('npm run compose -- secrets'))
          throw new Error(`compose said: ${outcome.output}`);
      },
    ],
    [
      'an unknown image: one sentence, nothing started',
      (docker) =>
        refused(docker, up({ NX_REDIS_IMAGE: 'nowhere.invalid/redis:0' }), [
          'The image nowhere.invalid/redis:0 of redis cannot be had',
          'Give one that you can reach: NX_REDIS_IMAGE=<image>.',
        ]),
    ],
    [
      'a port in use: one sentence, nothing started',
      async (docker) => {
        const server = createServer().listen(Number(env.NX_KAFKA_PORT), '127.0.0.1');
        await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject));
        try {
          await refused(docker, up({}), [
            `Port ${env.NX_KAFKA_PORT} for kafka is in use. Give another one: NX_KAFKA_PORT=<port>.`,
          ]);
        } finally {
          server.close();
        }
      },
    ],
  ];
}

/** What only a service can know: the job that refuses it is named with its own words, and the rest is taken down. */
export async function badValue(docker, env, leftOut) {
  await docker.compose(['down', '--volumes', '--timeout', '20']);
  const outcome = startWrong({ ...env, NX_INVOICE_CREDENTIALS_KEYS: 'no-key' }, leftOut);
  await refused(docker, outcome, [
    'invoice-migrate ended with 1, and the system was taken down again.',
    'APP_ENV_INVOICE_CREDENTIALS_KEYS',
  ]);
}

async function startWrong(env, leftOut) {
  const without = leftOut.length > 0 ? ['--without', leftOut.join()] : [];
  return run(process.execPath, [CLI, 'up', ...without], { cwd: ROOT, env, timeoutMs: 900_000 });
}

async function refused(docker, starting, sentences) {
  const { code, output } = await starting;
  if (code !== 1) throw new Error(`it ended with ${code}: ${output}`);
  for (const sentence of sentences) if (!output.includes(sentence)) throw new Error(`it said: ${output}`);
  const left = await containersOf(docker);
  if (left.length > 0) throw new Error(`left: ${JSON.stringify(left)}`);
}
