import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Folders below `root` of these packages and of all that they need at run time, as package-lock.json resolves it. Peers
 * count too, the optional ones where the product
 * names them itself: frameworks load those by name. Packages of the development
 * alone and types are no part of it.
 * @param {string} root folder with `node_modules`
 * @param {Record<string, object>} locked `packages` of package-lock.json
 * @param {string[]} names
 * @returns {string[]} such as `node_modules/pg`, sorted
 * @throws Error that names a package which is not installed, or is one of the development
 */
export function closureOf(root, locked, names) {
  const resolve = (from, name) => resolveAbove(root, locked, from, name);
  const waiting = names.map((name) => resolve('', name) ?? fail(`${name} is not installed: npm ci`));
  const found = new Set();
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (found.has(path)) continue;
    found.add(productive(locked, path));
    for (const { name, optional } of needsOf(locked[path], locked[''].dependencies)) {
      const target = resolve(path, name);
      if (target !== null) waiting.push(target);
      else if (!optional) fail(`${path} needs ${name}, which is not installed: npm ci`);
    }
  }
  return [...found].sort();
}

/** The path, unless it is a package of the development. */
export function productive(locked, path) {
  if (locked[path].dev) fail(`${path} is a package of the development: list it under dependencies`);
  return path;
}

function needsOf(entry, own) {
  const { dependencies = {}, optionalDependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = entry;
  const isOptionalPeer = (name) => peerDependenciesMeta[name]?.optional === true;
  const peers = Object.keys(peerDependencies).filter((name) => !isOptionalPeer(name) || name in own);
  return [...new Set([...Object.keys(dependencies), ...Object.keys(optionalDependencies), ...peers])]
    .filter((name) => !name.startsWith('@types/'))
    .map((name) => ({ name, optional: name in optionalDependencies || isOptionalPeer(name) }));
}

/** As Node looks it up: in the package's own node_modules, then in each above it; null where there is none. */
function resolveAbove(root, locked, from, name) {
  const path = `${from ? `${from}/` : ''}node_modules/${name}`;
  if (locked[path] && existsSync(join(root, path))) return path;
  if (from === '') return null;
  const above = from.lastIndexOf('/node_modules/');
  return resolveAbove(root, locked, above < 0 ? '' : from.slice(0, above), name);
}

function fail(message) {
  throw new Error(message);
}
