import 'reflect-metadata';
import { loadConfig, ObservabilityConfig } from '@nx/config';
import { startTracing } from '@nx/observability';

/** Tracing has to watch modules from the moment they are loaded, so the rest is loaded after it. */
const main = async (): Promise<void> => {
  const endpoint = tracingEndpoint();
  await startTracing({ service: 'payment', endpoint });
  const { startPayment } = await import('./start');
  await startPayment();
};

/** A bad configuration is reported whole by the start itself; here it only means no tracing. */
const tracingEndpoint = (): string | undefined => {
  try {
    return loadConfig(ObservabilityConfig).otlpEndpoint;
  } catch {
    return undefined;
  }
};

void main();
