import { createHook } from 'node:async_hooks';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A connection that this process began, to whomever. */
interface Attempt {
  readonly address?: string;
  readonly port?: number;
}

/**
 * Counts connections at both ends: what arrives at a listener on all addresses of this machine, and what this process
 * begins to open at all (Node makes one `TCPCONNECTWRAP` for each `connect`), also to addresses where nobody listens.
 */
export class ConnectionWatch {
  port = 0;
  accepted = 0;
  private readonly begun: Attempt[] = [];
  private readonly sockets = new Set<Socket>();
  private readonly servers: Server[] = [];
  private readonly hook = createHook({
    init: (_id, type, _trigger, resource) => {
      if (type === 'TCPCONNECTWRAP') this.begun.push(resource);
    },
  });

  static async start(): Promise<ConnectionWatch> {
    const watch = new ConnectionWatch();
    await watch.listen();
    watch.hook.enable();
    return watch;
  }

  /** What this process began to open, but for `known` ports of servers that it works with. */
  attempts(known: readonly number[] = []): string[] {
    return this.begun
      .filter(({ port }) => port === undefined || !known.includes(port))
      .map(({ address, port }) => `${address ?? '?'} ${port ?? '?'}`);
  }

  async stop(): Promise<void> {
    this.hook.disable();
    for (const socket of this.sockets) socket.destroy();
    await Promise.all(this.servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  /** On `::`, which takes IPv4 too, so that every address of the machine is behind one port. */
  private async listen(): Promise<void> {
    const server = createServer((socket) => {
      this.accepted += 1;
      this.sockets.add(socket.on('error', () => undefined));
      socket.end();
    });
    this.servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '::', resolve));
    this.port = (server.address() as AddressInfo).port;
  }
}
