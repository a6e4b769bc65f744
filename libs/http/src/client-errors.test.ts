import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerClientError } from './client-errors';

let server: Server;

beforeAll(async () => {
  const limits = { requestTimeout: 200, headersTimeout: 200, connectionsCheckingInterval: 50, maxHeaderSize: 1024 };
  server = createServer(limits, (request, response) => request.resume().on('end', () => response.end('ok')));
  server.on('clientError', answerClientError);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const answerTo = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (chunk) => (answer += chunk.toString('utf8')));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });

describe('what never becomes a request', () => {
  it.each([
    ['a body that stops', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc', 408, 'request.timeout'],
    ['headers that stop', 'GET / HTTP/1.1\r\nHost: x\r\nX-A', 408, 'request.timeout'],
    ['broken framing', 'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n', 400, 'request.malformed'],
    ['huge headers', `GET / HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(2000)}\r\n\r\n`, 431, 'request.malformed'],
  ])('answers %s with a problem and closes', async (_name, text, status, code) => {
    const [head = '', body = ''] = (await answerTo(text)).split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head).toContain('application/problem+json');
    expect(JSON.parse(body)).toMatchObject({ status, statusCode: status, code, instance: '/' });
  });
});
