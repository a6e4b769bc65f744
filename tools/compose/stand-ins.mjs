import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { installPackages } from '../infra/packages.mjs';
import { CACHE, ROOT, localFolder } from '../infra/paths.mjs';
import { ensureDebezium } from '../infra/connect.mjs';
import { ensureKafkaPrograms } from '../infra/kafka.mjs';
import { withLock } from '../infra/lock.mjs';
import { findCommand, run, runOrFail } from '../infra/shell.mjs';
import { lastLine } from './docker.mjs';

const FOLDER = join(ROOT, 'tools', 'compose', 'stand-ins');
const SUITE = 'bookworm';
const MIRROR = 'http://deb.debian.org/debian';
const DEBIAN = `nx-stand-in-debian:${SUITE}`;
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';
const TRAEFIK_VERSION = 'v3.6.7';
export const tagOf = (name) => `nx-stand-in-${name}:${SUITE}`;

/**
 * What can take the place of a public image, by the variable of docker-compose.yml: Debian's packages, and what other
 * registries carry. `needs`: stand-ins that it is built on. `fill`: puts what is not Debian's into the folder of the build.
 */
export const STAND_INS = {
  NX_NODE_IMAGE: { name: 'node', fill: copyNode },
  NX_RUNTIME_IMAGE: { name: 'runtime' },
  NX_POSTGRES_IMAGE: { name: 'postgres' },
  NX_REDIS_IMAGE: { name: 'redis' },
  NX_KAFKA_IMAGE: { name: 'kafka', fill: copyKafka },
  NX_CONNECT_IMAGE: { name: 'connect', needs: 'kafka', fill: copyDebezium },
  NX_TRAEFIK_IMAGE: { name: 'traefik', fill: copyTraefik },
  NX_PROMETHEUS_IMAGE: { name: 'prometheus' },
  NX_ALERTMANAGER_IMAGE: { name: 'alertmanager' },
};

/**
 * Builds a stand-in, and what it is built on.
 * @returns {Promise<string>} its tag
 * @throws Error that says what it would have needed
 */
export async function buildStandIn(docker, variable, { log, live }) {
  const { name, needs, fill } = STAND_INS[variable];
  if (needs) await buildStandIn(docker, variableOfStandIn(needs), { log, live });
  await importDebian(docker, { log, live });
  const context = mkdtempSync(join(localFolder('compose'), `${name}-`));
  try {
    cpSync(join(FOLDER, name), context, { recursive: true });
    await fill?.(context, { log, live });
    const base = needs ? ['KAFKA_IMAGE', tagOf(needs)] : ['DEBIAN_IMAGE', DEBIAN];
    const args = ['build', '--build-arg', base.join('='), '-t', tagOf(name), context];
    const { code, output } = await docker.docker(args, { onLine: live });
    if (code !== 0) throw new Error(`the stand-in ${name} cannot be built: ${lastLine(output)}`);
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
  return tagOf(name);
}

const variableOfStandIn = (name) => Object.keys(STAND_INS).find((variable) => STAND_INS[variable].name === name);

/** Debian's smallest system, with the certificates that this machine trusts. */
async function importDebian({ docker }, { log, live }) {
  if ((await docker(['image', 'inspect', DEBIAN])).code === 0) return;
  if (!findCommand('debootstrap'))
    await installPackages('debootstrap', 'base of the stand-in images', { apt: ['debootstrap'] }, log);
  const folder = mkdtempSync(join(localFolder('compose'), 'debian-'));
  const root = join(folder, 'root');
  const archive = join(folder, 'root.tar');
  try {
    log(`fetching ${SUITE} with debootstrap, the base of the stand-ins (about a minute)`);
    live('debootstrap');
    await runOrFail(findCommand('debootstrap'), ['--variant=minbase', SUITE, root, MIRROR], { timeoutMs: 900_000 });
    rmSync(join(root, 'var', 'cache', 'apt', 'archives'), { recursive: true, force: true });
    mkdirSync(join(root, 'var', 'cache', 'apt', 'archives', 'partial'), { recursive: true });
    mkdirSync(join(root, 'etc', 'ssl', 'certs'), { recursive: true });
    if (existsSync(CERTIFICATES)) cpSync(realpathSync(CERTIFICATES), join(root, CERTIFICATES));
    await runOrFail('tar', ['-C', root, '-cf', archive, '.'], { timeoutMs: 300_000 });
    const { code, output } = await docker(['import', archive, DEBIAN], { onLine: live });
    if (code !== 0) throw new Error(`${DEBIAN} cannot be imported: ${lastLine(output)}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The Node that runs this, and its npm. */
async function copyNode(context) {
  const npm = (await runOrFail('npm', ['root', '-g'])).trim().split('\n').at(-1);
  cpSync(realpathSync(process.execPath), join(context, 'node'));
  cpSync(realpathSync(join(npm, 'npm')), join(context, 'npm'), { recursive: true, dereference: true });
}

async function copyKafka(context, { log }) {
  const { args } = await ensureKafkaPrograms(log);
  const jars = dirname(args[args.indexOf('-cp') + 1]);
  cpSync(jars, join(context, 'libs'), { recursive: true });
}

async function copyDebezium(context, { log }) {
  cpSync(await ensureDebezium(log), join(context, 'plugins'), { recursive: true });
}

async function copyTraefik(context, { log, live }) {
  cpSync(await ensureTraefik({ log, live }), join(context, 'traefik'));
}

/**
 * Traefik is no package of Debian, and its module cannot be installed by name because it replaces some of its
 * dependencies; built inside its own folder it can.
 */
async function ensureTraefik({ log, live }) {
  const folder = join(CACHE, `traefik-${TRAEFIK_VERSION}`);
  const program = join(folder, 'traefik');
  if (existsSync(program)) return program;
  const go = findCommand('go', ['/usr/local/go/bin', '/usr/lib/go/bin']);
  if (!go) throw new Error('Traefik has to be built, and there is no Go here');
  mkdirSync(folder, { recursive: true });
  await withLock(join(folder, 'lock'), async () => {
    if (existsSync(program)) return;
    log(`building Traefik ${TRAEFIK_VERSION} from the Go proxy, once per user (10 to 20 minutes)`);
    await compileTraefik(go, folder, live);
  });
  return program;
}

async function compileTraefik(go, folder, live) {
  const module = `github.com/traefik/traefik/v3`;
  const downloaded = JSON.parse(
    (await runOrFail(go, ['mod', 'download', '-json', `${module}@${TRAEFIK_VERSION}`], { cwd: folder })).trim(),
  );
  const source = mkdtempSync(join(folder, 'source-'));
  try {
    cpSync(downloaded.Dir, source, { recursive: true });
    await run('chmod', ['-R', 'u+w', source]);
    live('go build');
    const flags = `-s -w -X ${module}/pkg/version.Version=${TRAEFIK_VERSION}`;
    const args = [
      '-n',
      '15',
      go,
      'build',
      '-trimpath',
      '-ldflags',
      flags,
      '-o',
      join(source, 'built'),
      './cmd/traefik',
    ];
    const env = { ...process.env, CGO_ENABLED: '0' };
    await runOrFail('nice', args, { cwd: source, env, timeoutMs: 3_600_000 });
    // There as a whole or not at all.
    renameSync(join(source, 'built'), join(folder, 'traefik'));
  } finally {
    rmSync(source, { recursive: true, force: true });
  }
}
