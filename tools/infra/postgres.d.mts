/** The user under which the server runs when we are root. */
export interface ServerUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

export function findPostgresBinaries(): string | null;
export function ensurePostgresBinaries(log: (line: string) => void): Promise<string>;
export function serverUser(log: (line: string) => void): Promise<ServerUser | null>;
export function serverArguments(
  binaries: string,
  data: string,
  port: number,
  more?: Readonly<Record<string, string>>,
): string[];
export function adminUrl(password: string, port: number): string;
export function spawnAs(
  owner: ServerUser | null,
  folder: string,
): { cwd: string; env: Record<string, string | undefined>; uid?: number; gid?: number };
export function createCluster(
  binaries: string,
  owner: ServerUser | null,
  folder: string,
  data: string,
): Promise<string>;
