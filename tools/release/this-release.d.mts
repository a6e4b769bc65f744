export interface Release {
  readonly version: string;
  readonly commit?: string;
  readonly committedAt?: string;
}

export function thisRelease(): Promise<Release>;
