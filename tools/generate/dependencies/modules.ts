import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';

export const APPS = ['payment', 'invoice', 'signal'] as const;

/** What a folder of an app uses at run time, types left out. Names are `app/folder` and `@nx/library`. */
export type ModuleGraph = ReadonlyMap<string, ReadonlySet<string>>;

const IMPORT = /^(?:import|export)\s(?!type\s)[^;]*?\sfrom\s+'([^']+)'/gm;
const IS_PRODUCT = /^(?!.*\.(test|fixture)\.ts$).*\.ts$/;

/**
 * The folders of the apps with what their files import, tests left out. What lies beside the folders puts an app together
 * and belongs to none of them.
 */
export function readModules(root: string): ModuleGraph {
  const graph = new Map<string, Set<string>>();
  for (const app of APPS) {
    const source = join(root, 'apps', app, 'src');
    for (const folder of foldersOf(source)) {
      const uses = new Set<string>();
      const name = `${app}/${folder}`;
      for (const file of filesBelow(join(source, folder))) {
        for (const target of importsOf(readFileSync(file, 'utf8'))) {
          const used = moduleOf(app, source, file, target);
          if (used !== undefined && used !== name) uses.add(used);
        }
      }
      graph.set(name, uses);
    }
  }
  return graph;
}

/** What a file imports or hands on; a line of types alone is not there at run time. */
export const importsOf = (text: string): string[] => [...text.matchAll(IMPORT)].map(([, target = '']) => target);

function moduleOf(app: string, source: string, file: string, target: string): string | undefined {
  if (target.startsWith('@nx/')) return target;
  if (!target.startsWith('.')) return undefined;
  const path = relative(source, normalize(join(dirname(file), target)));
  return path.includes('/') && !path.startsWith('..') ? `${app}/${path.slice(0, path.indexOf('/'))}` : undefined;
}

/** `testing` holds fixtures alone. */
const foldersOf = (source: string): string[] =>
  readdirSync(source, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'testing')
    .map(({ name }) => name)
    .toSorted();

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && IS_PRODUCT.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
