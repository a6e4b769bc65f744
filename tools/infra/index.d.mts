import type { InfraAddresses } from '../environment.mjs';

export interface Infra extends InfraAddresses {
  /** Ends what this call started, once nobody else uses it. */
  stop(): Promise<void>;
}

export function ensureInfra(options?: { keep?: boolean; log?: (line: string) => void }): Promise<Infra>;
