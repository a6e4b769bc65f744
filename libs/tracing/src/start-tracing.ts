/**
 * Starts OpenTelemetry and sends traces over OTLP/HTTP; does nothing without an endpoint. Must run before the modules
 * that it watches (http, pg, ioredis, kafkajs) are loaded. The returned function flushes and stops.
 */
export async function startTracing(options: {
  service: string;
  endpoint: string | undefined;
}): Promise<() => Promise<void>> {
  if (!options.endpoint) return () => Promise.resolve();
  const [{ NodeSDK }, { OTLPTraceExporter }, http, ioredis, kafkajs, pg] = await Promise.all([
    import('@opentelemetry/sdk-node'),
    import('@opentelemetry/exporter-trace-otlp-proto'),
    import('@opentelemetry/instrumentation-http'),
    import('@opentelemetry/instrumentation-ioredis'),
    import('@opentelemetry/instrumentation-kafkajs'),
    import('@opentelemetry/instrumentation-pg'),
  ]);
  const url = `${options.endpoint.replace(/\/$/, '')}/v1/traces`;
  const sdk = new NodeSDK({
    serviceName: options.service,
    traceExporter: new OTLPTraceExporter({ url }),
    instrumentations: [
      new http.HttpInstrumentation(),
      new ioredis.IORedisInstrumentation(),
      new kafkajs.KafkaJsInstrumentation(),
      new pg.PgInstrumentation(),
    ],
  });
  sdk.start();
  return () => sdk.shutdown();
}
