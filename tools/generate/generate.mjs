/**
 * Writes docs/generated from the code: OpenAPI, AsyncAPI, settings, errors, permissions, contracts, state machines,
 * dependencies; and the dashboards of observability/dashboards; the alerts of observability/rules as a cluster takes them; and the tables of
 * docs/scaling.md, which follow the figures of the bench and the limits of the manifests.
 * No server is needed. `npm run generate -- --check` writes nothing and fails when a committed file is stale.
 */
import { createRequire } from 'node:module';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT, localFolder } from '../infra/paths.mjs';

const require = createRequire(import.meta.url);
const DEFAULT_FOLDER = join(ROOT, 'docs', 'generated');
const DASHBOARDS = join(ROOT, 'observability', 'dashboards');
const DOCS = join(ROOT, 'docs');
const RULES = join(ROOT, 'observability', 'rules');
const ALERTS = join(ROOT, 'k8s', 'base', 'monitoring', 'alerts');
/** Reports of measurements: another command writes them, and no code alone could say whether they are stale. */
const MEASURED = new Set(['mutation.md', 'bench.md', 'bench.svg']);

/** The services' decorators need the compiler of the apps, so the TypeScript part is bundled as they are. */
async function renderAll() {
  const base = require('../../rspack.config.cjs').bundles().payment;
  const path = localFolder('cache', 'generate');
  const configuration = {
    ...base,
    entry: { documents: './tools/generate/documents.ts' },
    output: { ...base.output, path },
    plugins: [],
    // What is not imported from here is not part of a document; its types are checked elsewhere.
    stats: 'errors-only',
  };
  await new Promise((resolve, reject) => {
    const compiler = require('@rspack/core').rspack(configuration);
    compiler.run((failure, stats) => {
      compiler.close(() => {
        if (failure) reject(failure);
        else if (stats.hasErrors()) reject(new Error(stats.toString({ preset: 'errors-only', colors: false })));
        else resolve();
      });
    });
  });
  const { documents, dashboards, alerts, scalingPage } = require(join(path, 'documents.js'));
  return {
    documents: await documents(ROOT),
    dashboards: dashboards(),
    alerts: alerts(RULES),
    pages: new Map([['scaling.md', scalingPage(ROOT)]]),
  };
}

const filesBelow = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
        .filter((name) => !MEASURED.has(name))
    : [];

const leftOver = ({ folder, rendered, shared }) =>
  shared ? [] : filesBelow(folder).filter((name) => !rendered.has(name));

/** What differs between the folder and the documents, one line each; a shared folder holds other files too. */
function differences({ folder, rendered, shared }) {
  const stale = [];
  for (const [name, text] of rendered) {
    const path = join(folder, name);
    if (!existsSync(path)) stale.push(`${name} is missing`);
    else if (readFileSync(path, 'utf8') !== text) stale.push(`${name} is stale`);
  }
  for (const name of leftOver({ folder, rendered, shared })) stale.push(`${name} is not generated any more`);
  return stale.sort();
}

function write({ folder, rendered, shared }) {
  for (const name of leftOver({ folder, rendered, shared })) rmSync(join(folder, name));
  for (const [name, text] of rendered) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** Returns the exit code. */
async function main(args) {
  const folderAt = args.indexOf('--folder');
  const { documents, dashboards, alerts, pages } = await renderAll();
  // A folder that is named stands for docs/generated alone.
  const targets =
    folderAt === -1
      ? [
          { folder: DEFAULT_FOLDER, rendered: documents },
          { folder: DASHBOARDS, rendered: dashboards },
          { folder: ALERTS, rendered: alerts },
          { folder: DOCS, rendered: pages, shared: true },
        ]
      : [{ folder: args[folderAt + 1], rendered: documents }];
  const stale = targets.flatMap(differences);
  if (args.includes('--check')) {
    for (const line of stale) process.stderr.write(`${line}\n`);
    if (stale.length > 0) process.stderr.write('run: npm run generate\n');
    return stale.length === 0 ? 0 : 1;
  }
  for (const target of targets) write(target);
  process.stdout.write(stale.length === 0 ? 'everything was up to date\n' : `${stale.length} files written\n`);
  return 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  let code = 1;
  try {
    code = await main(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
  }
  // Libraries that were loaded may hold the process open; the work is done.
  process.exit(code);
}
