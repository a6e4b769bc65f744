import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface Backend {
  readonly port: number;
  /** What the last look at its probe said. */
  healthy(): boolean;
}

/** Stands in front of a service's replicas: each connection goes to the next one that is ready and takes it. */
export interface Front {
  readonly url: string;
  serve(backends: readonly Backend[]): void;
  close(): Promise<void>;
}

export async function openFront(): Promise<Front> {
  let backends: readonly Backend[] = [];
  let turn = 0;
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  };
  const listener = createServer({ pauseOnConnect: true }, (near) => {
    keep(near);
    turn += 1;
    const rotated = backends.map((_, index) => backends[(index + turn) % backends.length]);
    const ready = rotated.filter((backend): backend is Backend => backend?.healthy() === true);
    void join(near, ready, keep);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    serve: (replicas) => {
      backends = replicas;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => listener.close(() => resolve()));
    },
  };
}

/** Nothing was read from `near` yet, so the next backend may be tried when one does not take the connection. */
async function join(near: Socket, backends: readonly Backend[], keep: (socket: Socket) => void): Promise<void> {
  for (const { port } of backends) {
    const far = await reach(port);
    if (far === undefined) continue;
    keep(far);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
    near.pipe(far).pipe(near);
    return;
  }
  near.destroy();
}

function reach(port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}
