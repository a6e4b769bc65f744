export interface Asked {
  /** Secrets that the environment does not give. */
  readonly missing: string[];
  readonly images: readonly { service: string; image: string; variable: string | null; built: boolean }[];
  readonly ports: readonly { service: string; port: number; variable: string | null }[];
}
export function readComposeFile(text: string, env: Record<string, string | undefined>, only?: readonly string[]): Asked;
export function findProblems(
  asked: Asked,
  ask: { isPortFree(port: number): Promise<boolean>; imageProblem(image: string): Promise<string | null> },
): Promise<string[]>;
