import { loadConfig, ObservabilityConfig } from '@nx/config';
import type { ServiceName } from '@nx/contracts';
import { startTracing } from './start-tracing';

/**
 * Starts tracing, then loads and runs the rest of a service: what is traced has to be watched from the moment it is
 * loaded, so this library asks for nothing of it. `load` imports the rest and starts it.
 */
export async function traced(service: ServiceName, load: () => Promise<void>): Promise<void> {
  await startTracing({ service, endpoint: tracingEndpoint() });
  await load();
}

/** A bad configuration is reported whole by the start itself; here it only means no tracing. */
function tracingEndpoint(): string | undefined {
  try {
    return loadConfig(ObservabilityConfig).otlpEndpoint;
  } catch {
    return undefined;
  }
}
