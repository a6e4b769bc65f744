import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { SERVICES } from '../environment.mjs';
import { ROOT } from '../infra/paths.mjs';
import { build } from '../build.mjs';
import { IMAGES, assemble } from './assemble.mjs';
import { billOfMaterials } from './bill-of-materials.mjs';
import { closureOf } from './closure.mjs';
import { SCRIPTS, scriptText } from './scripts.mjs';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const locked = (JSON.parse(read('package-lock.json')) as { packages: Record<string, object> }).packages;
const folder = mkdtempSync(join(tmpdir(), 'nx-image-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Stages of the Dockerfile: `{name, base, text}`, each in its own words. */
const stages = read('Dockerfile')
  .split(/^(?=FROM )/m)
  .map((text) => {
    const [, base = '', name = ''] = /^FROM (\S+) AS (\S+)$/m.exec(text) ?? [];
    return { name, base, text };
  });
const stage = (name: string): string => stages.find((one) => one.name === name)?.text ?? '';

describe('Dockerfile', () => {
  it('has a target for each image, all on the runtime image', () => {
    const targets = stages.filter(({ base }) => base === 'runtime').map(({ name }) => name);
    expect(targets).toEqual(Object.keys(IMAGES));
    for (const target of targets) expect(stage(target)).toContain(`COPY --from=build /images/${target}/ ./`);
  });

  it('takes every foreign base from a build argument with a pinned default', () => {
    const defaults = new Map(
      [...read('Dockerfile').matchAll(/^ARG (\w+_IMAGE)=(\S+)$/gm)].map(([, name, image]) => [name, image]),
    );
    const foreign = stages.map(({ base }) => base).filter((base) => base.startsWith('$'));
    expect(new Set(foreign)).toEqual(new Set([...defaults.keys()].map((name) => `\${${name}}`)));
    for (const image of defaults.values()) expect(image).toMatch(/^[^:]+:(?!latest$)[^:]+$/);
  });

  it('needs no shell in the runtime image and leaves root before anything of ours comes in', () => {
    const runtime = [...stage('runtime').matchAll(/^(RUN|CMD|ENTRYPOINT) (.*)$/gm)];
    expect(runtime.length).toBeGreaterThan(3);
    for (const [, , words] of runtime) expect(Array.isArray(JSON.parse(words ?? ''))).toBe(true);
    const [pod] = parseAllDocuments(read('k8s/base/rules-of-pods.yaml'));
    const rules = pod?.toJS() as { path: string; value: { runAsUser?: number; runAsGroup?: number } }[];
    const { runAsUser, runAsGroup } = rules.find(({ path }) => path.endsWith('/securityContext'))?.value ?? {};
    expect(stage('runtime')).toContain(`USER ${runAsUser}:${runAsGroup}\n`);
    for (const target of Object.keys(IMAGES)) expect(stage(target)).not.toMatch(/^USER|^RUN/m);
  });

  it.each(Object.entries(SERVICES))('asks %s for its health where it answers', (name, { basePath }) => {
    expect(stage(name)).toContain(`"http://127.0.0.1:3000${basePath}/healthz"`);
    expect(stage(name)).toContain('EXPOSE 3000 9464\n');
    expect(stage(name)).toContain(`org.opencontainers.image.title="nx-seller-${name}"`);
  });
});

describe('packages of an image', () => {
  it('come with what they need, and with the optional peers that the product names', () => {
    const closure = closureOf(ROOT, locked, ['@nestjs/swagger', 'pg']);
    expect(closure).toEqual(
      expect.arrayContaining(['node_modules/pg-pool', 'node_modules/@fastify/static', 'node_modules/rxjs']),
    );
    expect(closure.filter((path) => /typescript|@types|vitest|rspack/.test(path))).toEqual([]);
  });

  it('are refused when the product does not list them', () => {
    expect(() => closureOf(ROOT, locked, ['vitest'])).toThrow(/vitest is a package of the development: list it/);
    expect(() => closureOf(ROOT, locked, ['no-such-package'])).toThrow('no-such-package is not installed: npm ci');
  });

  it('are named in the bill of materials with purl, hash and licence', () => {
    const { metadata, components, bomFormat } = billOfMaterials({ name: 'nx', version: '1' }, locked, [
      'node_modules/@nestjs/common',
      'node_modules/pg',
    ]);
    expect([bomFormat, metadata.component.name]).toEqual(['CycloneDX', 'nx']);
    expect(components.map(({ name }) => name)).toEqual(['node', '@nestjs/common', 'pg']);
    const nest = components.find(({ name }) => name === '@nestjs/common');
    expect(nest?.purl).toBe(`pkg:npm/%40nestjs/common@${nest?.version}`);
    expect(nest?.hashes).toEqual([{ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) as string }]);
    expect(nest?.licenses).toEqual([{ license: { name: 'MIT' } }]);
  });
});

describe('an image, away from the sources', () => {
  beforeAll(() => build());

  it.each(Object.keys(SERVICES))(
    'of %s loads, says what it is not told, and knows no path of where it was built',
    async (name) => {
      const { inside, beside } = await assemble(name, join(folder, name));
      const { status, stderr } = startIn(name);
      expect(stderr).toMatch(new RegExp(`^${name} does not start: \\d problem\\(s\\) in the configuration\n`));
      expect(stderr).toContain('APP_ENV_POSTGRES_URL: is not set');
      expect(status).toBe(1);
      expect(readFileSync(join(folder, name, 'dist', 'packages.js'), 'utf8')).not.toContain(ROOT);
      expect(Math.min(inside, beside)).toBeGreaterThan(100);
    },
  );

  it.each(Object.keys(SERVICES))('of %s finds what is loaded or read by its name alone', (name) => {
    const { inside, outside } = packagesOf(name);
    expect(outside.filter((one) => !existsSync(join(folder, name, 'node_modules', one)))).toEqual([]);
    expect(outside).toEqual(expect.arrayContaining(['pg', 'ioredis', 'kafkajs', 'swagger-ui-dist']));
    expect(outside.includes('@bull-board/ui')).toBe(inside.includes('node_modules/@bull-board/api'));
    expect(outside.includes('dejavu-fonts-ttf')).toBe(outside.includes('pdfmake'));
  });

  it.each(Object.keys(SERVICES))('of %s has each package once, as code or as a folder, with its licence', (name) => {
    const { inside, outside } = packagesOf(name);
    expect(outside.filter((one) => inside.includes(`node_modules/${one}`))).toEqual([]);
    expect(readdirSync(join(folder, name, 'licenses'))).toEqual(expect.arrayContaining(['fastify', 'rxjs']));
    const bill = JSON.parse(readFileSync(join(folder, name, 'sbom.json'), 'utf8')) as {
      components: { name: string }[];
    };
    const named = bill.components.map((component) => component.name);
    expect(named).toEqual(expect.arrayContaining(['fastify', 'typeorm', 'pg', 'pg-protocol']));
  });

  const packagesOf = (name: string): { inside: string[]; outside: string[] } =>
    JSON.parse(readFileSync(join(folder, name, 'dist', 'packages.json'), 'utf8')) as never;
  const startIn = (name: string) =>
    spawnSync(process.execPath, ['dist/main.js'], {
      cwd: join(folder, name),
      env: { PATH: process.env['PATH'] },
      encoding: 'utf8',
    });
});

describe('scripts of the old platform', () => {
  it('are commands of payment', () => {
    const sources = join('apps', 'payment', 'src', 'operations', 'commands');
    const text = readdirSync(join(ROOT, sources))
      .map((file) => read(join(sources, file)))
      .join('\n');
    for (const script of SCRIPTS) expect(text).toContain(`name: '${script}'`);
  });

  it('hand their arguments on', () => {
    for (const name of ['dist', 'scripts']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'dist', 'ops.js'), 'process.stdout.write(process.argv.slice(2).join())');
    writeFileSync(join(folder, 'scripts', 'retry-refund.js'), scriptText('retry-refund'));
    const { stdout } = spawnSync(process.execPath, [join(folder, 'scripts', 'retry-refund.js'), 'R1', '--json']);
    expect(stdout.toString()).toBe('retry-refund,R1,--json');
  });
});
