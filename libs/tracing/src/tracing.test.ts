import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { trace } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { startTracing } from './index';

describe('startTracing', () => {
  it('sends spans to the endpoint, and does nothing without one', async () => {
    await (
      await startTracing({ service: 'payment', endpoint: undefined })
    )();
    const paths: string[] = [];
    const server = createServer((request, response) => {
      paths.push(request.url ?? '');
      request.resume().on('end', () => response.writeHead(200).end());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const stop = await startTracing({ service: 'payment', endpoint: `http://127.0.0.1:${port}/` });
    trace.getTracer('test').startSpan('sale').end();
    await stop();
    expect(paths).toContain('/v1/traces');
    server.closeAllConnections();
    server.close();
  });
});
