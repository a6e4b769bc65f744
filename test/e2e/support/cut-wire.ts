import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

/** A wire to a server that can be cut and mended, as a network does it: others of the server notice nothing. */
export interface Wire {
  /** The server's URL or address, with this wire in between. */
  readonly through: string;
  /** Refuses new connections and breaks those that stand. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

/** `target` is a URL with host and port, or `host:port`. The wire starts as it is asked to. */
export async function openWire(target: string, state: 'cut' | 'whole' = 'whole'): Promise<Wire> {
  const url = new URL(target.includes('://') ? target : `tcp://${target}`);
  const server = { host: url.hostname, port: Number(url.port) };
  const sockets = new Set<Socket>();
  let whole = state === 'whole';
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  };
  const wire = createServer((near) => {
    keep(near);
    if (!whole) {
      near.destroy();
      return;
    }
    const far = connect(server);
    keep(far);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => wire.listen(0, '127.0.0.1', resolve));
  const { port } = wire.address() as AddressInfo;
  const breakAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  url.hostname = '127.0.0.1';
  url.port = String(port);
  return {
    through: target.includes('://') ? url.toString() : `127.0.0.1:${port}`,
    cut: () => {
      whole = false;
      breakAll();
    },
    mend: () => {
      whole = true;
    },
    close: () => {
      breakAll();
      return new Promise((resolve) => wire.close(() => resolve()));
    },
  };
}
