import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

/** Stands in front of a service as a balancer does: request by request, to the process that is routed to now. */
export interface Gateway {
  readonly url: string;
  /** Requests from now on go to this port. */
  route(port: number): void;
  /** Resolves when no request is under way at the port: what a balancer waits for before it lets a process end. */
  drained(port: number): Promise<void>;
  close(): Promise<void>;
}

const host = '127.0.0.1';

export async function openGateway(): Promise<Gateway> {
  let routed = 0;
  const running = new Map<number, number>();
  const waiting = new Map<number, () => void>();
  const sockets = new Set<Socket>();
  const change = (port: number, by: number): void => {
    const left = (running.get(port) ?? 0) + by;
    running.set(port, left);
    if (left === 0) waiting.get(port)?.();
  };
  const pass = (near: IncomingMessage, answer: ServerResponse): void => {
    const port = routed;
    change(port, 1);
    answer.once('close', () => change(port, -1));
    const { connection: _hop, ...headers } = near.headers;
    const far = request({ host, port, method: near.method, path: near.url, headers, agent: false }, (said) => {
      answer.writeHead(said.statusCode ?? 502, said.headers);
      said.pipe(answer);
    });
    far.once('error', () => answer.destroy());
    near.pipe(far);
  };
  const server = createServer(pass);
  server.on('connection', (socket) => keep(sockets, socket));
  server.on('upgrade', (near, socket: Socket, head) => {
    const far = connect({ host, port: routed }, () => {
      const lines = near.rawHeaders.flatMap((name, at) =>
        at % 2 === 0 ? [`${name}: ${near.rawHeaders[at + 1]}`] : [],
      );
      far.write([`${near.method} ${near.url} HTTP/1.1`, ...lines, '', ''].join('\r\n'));
      far.write(head);
      far.pipe(socket).pipe(far);
    });
    keep(sockets, far);
    far.once('close', () => socket.destroy());
    socket.once('close', () => far.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    route: (port) => {
      routed = port;
    },
    drained: async (port) => {
      if ((running.get(port) ?? 0) > 0) await new Promise<void>((resolve) => waiting.set(port, resolve));
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function keep(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket);
  socket.on('error', () => undefined);
  socket.once('close', () => sockets.delete(socket));
}
