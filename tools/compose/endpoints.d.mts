export interface ComposeEndpoints {
  readonly payment: string;
  readonly invoice: string;
  readonly signal: string;
  readonly sandbox: string;
  readonly inside: { readonly sandbox: string; readonly payment: string };
  readonly processes: readonly { name: string; service: string; mode: string; baseUrl: string; logFile: string }[];
  readonly database: { readonly name: string; readonly adminUrl: string };
}
export function composeEndpoints(
  env: Record<string, string | undefined>,
  services: readonly string[],
): ComposeEndpoints;
