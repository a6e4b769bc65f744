import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { SendNetworkError, SendNotSentError, SendTimeoutError, type Send, type SendRequest } from '@nx/contracts';
import { TokenCache } from './token-cache';
import type { IssuerConnection } from './issuer';
import { CONNECTION } from './vendor-samples.fixture';

export interface Heard {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What a vendor does with a call: an answer, or one of the ways in which there is none. */
export type Deed =
  | { readonly status: number; readonly body: string; readonly headers?: Readonly<Record<string, string>> }
  | 'HANG'
  | 'RESET'
  | 'CUT';

export interface VendorServer {
  readonly connection: IssuerConnection;
  readonly send: Send;
  readonly tokens: TokenCache;
  readonly heard: Heard[];
  /** Milliseconds since the epoch, for the token cache. */
  readonly clock: { ms: number };
  close(): Promise<void>;
}

/** A vendor on a real socket: `answer` decides what happens to each call, in the order in which they come. */
export async function vendorServer(answer: (heard: Heard, count: number) => Deed): Promise<VendorServer> {
  const heard: Heard[] = [];
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { method = '', url = '', headers } = incoming;
      const call = { method, path: url, headers, body: Buffer.concat(chunks).toString() };
      heard.push(call);
      act(outgoing, answer(call, heard.length));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const clock = { ms: 1_000_000 };
  return {
    connection: { ...CONNECTION, baseUrl: `http://127.0.0.1:${port}` },
    send: sendOverHttp,
    tokens: new TokenCache({ now: () => clock.ms }),
    heard,
    clock,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function act(outgoing: ServerResponse, deed: Deed): void {
  if (deed === 'HANG') return;
  if (deed === 'RESET') {
    outgoing.socket?.destroy();
    return;
  }
  if (deed === 'CUT') {
    outgoing.writeHead(200, { 'content-length': '1000' });
    outgoing.write('{"success":tr', () => outgoing.socket?.destroy());
    return;
  }
  outgoing.writeHead(deed.status, { 'content-type': 'application/json', ...deed.headers });
  outgoing.end(deed.body);
}

/** The Send port over node:http, with its three errors. */
const sendOverHttp: Send = (request: SendRequest) =>
  new Promise((resolve, reject) => {
    let connected = false;
    const call = httpRequest(request.url, { method: request.method, headers: request.headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', (error) => reject(new SendNetworkError(error.message)));
      answer.on('end', () => {
        const headers = Object.entries(answer.headers).map(([name, value]) => [name, String(value)]);
        resolve({
          status: answer.statusCode ?? 0,
          headers: Object.fromEntries(headers) as Record<string, string>,
          body: Buffer.concat(chunks).toString(),
        });
      });
    });
    // A socket that is used again is connected already.
    call.on('socket', (socket) => {
      connected = !socket.connecting;
      socket.on('connect', () => (connected = true));
    });
    call.on('error', (error) =>
      reject(connected ? new SendNetworkError(error.message) : new SendNotSentError(error.message)),
    );
    call.setTimeout(request.timeoutMs ?? 5_000, () => {
      reject(new SendTimeoutError('no answer in time'));
      call.destroy();
    });
    call.end(request.body);
  });
