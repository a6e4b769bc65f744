/** Tag and commit of the release before this one. */
export const PREVIOUS: { readonly tag: string; readonly commit: string };
/**
 * Takes the previous release out of the repository's history and builds its bundles, once per clone.
 * @returns the folder in which its `dist` lies
 * @throws Error when the clone has no history and cannot fetch it
 */
export function previousRelease(options?: { log?: (line: string) => void }): Promise<string>;
/** The text of one of its files. Throws as `previousRelease` does, and where it has no such file. */
export function fileOfPreviousRelease(path: string): Promise<string>;
/** Its commit, which is in this clone from then on. Throws as `previousRelease` does. */
export function previousCommit(): Promise<string>;
