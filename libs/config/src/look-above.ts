import { dirname } from 'node:path';

/**
 * What `find` says of the nearest folder that it knows: from the started script's folder upwards, then from the working
 * directory upwards. So a service finds its files beside its bundle and in the source tree.
 * @throws Error naming `what` was looked for, and where
 */
export function lookAbove<Found>(what: string, find: (folder: string) => Found | undefined): Found {
  const starts = [dirname(process.argv[1] ?? '.'), process.cwd()];
  for (const start of starts) {
    for (let folder = start; ; folder = dirname(folder)) {
      const found = find(folder);
      if (found !== undefined) return found;
      if (dirname(folder) === folder) break;
    }
  }
  throw new Error(`no ${what} found at or above ${starts.join(', ')}`);
}
