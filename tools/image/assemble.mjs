import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../infra/paths.mjs';
import { billOfMaterials } from './bill-of-materials.mjs';
import { closureOf, productive } from './closure.mjs';
import { SCRIPTS, scriptText } from './scripts.mjs';

/** What each image carries. `bundle`: folder of dist. `files`: plain Node files of the repository with their packages. */
export const IMAGES = {
  payment: { bundle: 'dist/apps/payment', scripts: SCRIPTS },
  invoice: { bundle: 'dist/apps/invoice' },
  signal: { bundle: 'dist/apps/signal' },
  sandbox: { bundle: 'dist/sandbox' },
  setup: { files: ['tools/database.mjs', 'tools/setup', 'deploy/connect'], packages: ['pg'] },
};

/** Of a package's files nothing loads these: texts for compilers and bundlers, and forms of modules for these alone. */
const NEEDLESS = /(\.(map|[cm]?ts|tsx|tsbuildinfo)|\/(build|dist)\/(esm|esnext))$/;

/**
 * Writes the folder of an image, as it will stand under /app: dist, scripts, exactly the packages that the bundle left
 * outside with what they need, the licences of those that it took in, and the bill of materials (CycloneDX) of all of them.
 * @param {string} name of IMAGES
 * @param {string} folder made anew
 */
export async function assemble(name, folder) {
  const { bundle, files = [], packages = [], scripts = [] } = IMAGES[name];
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  if (bundle) cpSync(join(ROOT, bundle), join(folder, 'dist'), { recursive: true });
  for (const file of files) cpSync(join(ROOT, file), join(folder, file), { recursive: true, filter: isProduct });
  for (const script of scripts) write(join(folder, 'scripts', `${script}.js`), scriptText(script));
  const locked = readJson(join(ROOT, 'package-lock.json')).packages;
  const { inside, outside } = bundle
    ? readJson(join(ROOT, bundle, 'packages.json'))
    : { inside: [], outside: packages };
  const closure = closureOf(ROOT, locked, outside);
  for (const path of closure) copyPackage(path, folder);
  for (const path of inside) copyLicences(productive(locked, path), folder);
  const { version, license } = readJson(join(ROOT, 'package.json'));
  const own = { name: `nx-seller-${name}`, version, license, private: true };
  write(join(folder, 'package.json'), asJson(own));
  write(join(folder, 'sbom.json'), asJson(billOfMaterials(own, locked, [...closure, ...inside])));
  return { inside: inside.length, beside: closure.length };
}

const isProduct = (path) => !/\.(test\.ts|d\.mts)$/.test(path);

/** Nested packages are entries of the closure themselves. */
function copyPackage(path, folder) {
  const from = join(ROOT, path);
  const keep = (file) => file === from || !(file.startsWith(join(from, 'node_modules')) || NEEDLESS.test(file));
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  cpSync(from, join(folder, path), { recursive: true, filter: keep });
}

/** The texts that have to go with a package wherever its code goes; its name and kind stand in the bill of materials. */
function copyLicences(path, folder) {
  for (const file of readdirSync(join(ROOT, path)).filter((one) => /^(licen[sc]e|copying|notice)/i.test(one)))
    cpSync(join(ROOT, path, file), join(folder, 'licenses', path.replace(/^node_modules\//, ''), file));
}

function write(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

const asJson = (value) => `${JSON.stringify(value, null, 2)}\n`;
const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [folder, ...names] = process.argv.slice(2);
  if (!folder) throw new Error('usage: node tools/image/assemble.mjs <folder> [image…]');
  for (const name of names.length > 0 ? names : Object.keys(IMAGES)) {
    const { inside, beside } = await assemble(name, join(folder, name));
    process.stdout.write(`${name}: ${inside} packages in its bundle, ${beside} beside it\n`);
  }
}
