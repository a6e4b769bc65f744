export interface Component {
  readonly 'bom-ref': string;
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly purl?: string;
  readonly hashes?: readonly { alg: string; content: string }[];
  readonly licenses?: readonly object[];
}
export function billOfMaterials(
  image: { name: string; version: string },
  locked: Record<string, object>,
  paths: readonly string[],
): { bomFormat: string; specVersion: string; metadata: { component: Component }; components: readonly Component[] };
