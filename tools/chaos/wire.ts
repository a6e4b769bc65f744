import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A wire to a server that can be cut and mended, as a network does it: others of the server notice nothing. */
export interface Wire {
  /** The server's URL or address, with this wire in between. */
  readonly through: string;
  readonly port: number;
  /** Refuses new connections and breaks those that stand. */
  cut(): void;
  mend(): void;
  /**
   * Breaks every connection that stands, in the middle of its next message: half of the bytes arrive. New connections
   * are taken. Returns how many will break.
   */
  cutMidMessage(): number;
  close(): Promise<void>;
}

interface Line {
  readonly ends: readonly [Socket, Socket];
  doomed: boolean;
}

/** `target` is a URL with host and port, or `host:port`. The wire starts as it is asked to, on a port of its own. */
export async function openWire(target: string, state: 'cut' | 'whole' = 'whole'): Promise<Wire> {
  const url = new URL(target.includes('://') ? target : `tcp://${target}`);
  const server = { host: url.hostname, port: Number(url.port) };
  const lines = new Set<Line>();
  let whole = state === 'whole';
  const listener = createServer((near) => {
    near.on('error', () => undefined);
    if (!whole) {
      near.destroy();
      return;
    }
    const far = connect(server);
    far.on('error', () => undefined);
    const line: Line = { ends: [near, far], doomed: false };
    lines.add(line);
    near.on('close', () => {
      lines.delete(line);
      far.destroy();
    });
    far.on('close', () => near.destroy());
    carry(line, near, far);
    carry(line, far, near);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const breakAll = (): void => {
    for (const { ends } of lines) for (const end of ends) end.destroy();
  };
  const { port } = listener.address() as AddressInfo;
  url.hostname = '127.0.0.1';
  url.port = String(port);
  return {
    port,
    through: target.includes('://') ? url.toString() : `127.0.0.1:${port}`,
    cut: () => {
      whole = false;
      breakAll();
    },
    mend: () => {
      whole = true;
    },
    cutMidMessage: () => {
      for (const line of lines) line.doomed = true;
      return lines.size;
    },
    close: () => {
      breakAll();
      return new Promise((resolve) => listener.close(() => resolve()));
    },
  };
}

/** Carries bytes one way, as fast as the taker takes them. */
function carry(line: Line, from: Socket, to: Socket): void {
  from.on('data', (chunk: Buffer) => {
    if (line.doomed) {
      line.doomed = false;
      from.pause();
      to.write(chunk.subarray(0, Math.floor(chunk.length / 2)), () => {
        for (const end of line.ends) end.destroy();
      });
      return;
    }
    if (!to.write(chunk)) from.pause();
  });
  to.on('drain', () => from.resume());
  from.on('end', () => to.end());
}
