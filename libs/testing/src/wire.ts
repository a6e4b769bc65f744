import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { BoundStatements } from './bound-statements';

/** What becomes of a connection whose client sends something that a trap waits for. */
export interface Trap {
  /** Bytes of the client that spring it: a text that they contain, or that a prepared statement has which they execute. */
  readonly text: string;
  /** It is the COMMIT of a transaction in which the text was sent that springs it, not the text itself. */
  readonly atCommit?: boolean;
  /**
   * `before`: the server never gets them. `after`: the server gets them and answers, and the answer is lost. Either
   * way the connection breaks.
   */
  readonly when: 'before' | 'after';
  /** Springs so often, then it is gone. Default 1. */
  readonly times?: number;
  /** The wire is cut when it springs, until it is mended: nobody can be asked what became of it. */
  readonly thenCut?: boolean;
  /** Lets so many pass before it springs for the first time. Default 0. */
  readonly spared?: number;
}

/** A wire to a server that can be cut and mended, as a network does it: others of the server notice nothing. */
export interface Wire {
  /** The server's URL or address, with this wire in between. */
  readonly through: string;
  /** Refuses new connections and breaks those that stand. */
  cut(): void;
  /** Breaks those that stand; new ones are taken. */
  breakConnections(): void;
  /**
   * Breaks each of those that stand in the middle of its next message, whichever way it goes: half of the bytes arrive.
   * New ones are taken. Returns how many will break.
   */
  breakMidMessage(): number;
  /**
   * Takes what is sent and gives nothing on until it is mended, as a lost route does it: in both directions, or what the
   * client sends alone.
   */
  freeze(what?: 'requests'): void;
  /** New connections go to the server at this URL or address from now on. */
  lead(target: string): void;
  mend(): void;
  /** Breaks a connection at a certain message; the returned function tells how often that has happened. */
  trap(trap: Trap): () => number;
  close(): Promise<void>;
}

export interface WireOptions {
  readonly state?: 'cut' | 'whole';
  /** The server is a Kafka broker: the address that it advertises is replaced by the wire's. */
  readonly kafka?: boolean;
}

interface LiveTrap extends Trap {
  left: number;
  toSpare: number;
  sprung: number;
}

/** PostgreSQL's simple queries at the edges of a transaction, as clients send them; a BEGIN may say more behind it. */
const COMMIT = 'COMMIT\0';
const EDGES = ['BEGIN\0', 'BEGIN;', 'BEGIN ISOLATION LEVEL', COMMIT, 'ROLLBACK\0'];

/** `target` is a URL with host and port, or `host:port`. The wire starts whole unless it is asked otherwise. */
export async function openWire(target: string, options: WireOptions = {}): Promise<Wire> {
  const url = urlOf(target);
  const wire = new TcpWire(addressOf(url), { ...options, postgres: url.protocol.startsWith('postgres') });
  const port = await wire.listen();
  url.hostname = '127.0.0.1';
  url.port = String(port);
  wire.through = target.includes('://') ? url.toString() : `127.0.0.1:${port}`;
  return wire;
}

const urlOf = (target: string): URL => new URL(target.includes('://') ? target : `tcp://${target}`);
const addressOf = (url: URL): Address => ({ host: url.hostname, port: Number(url.port) });

interface Address {
  readonly host: string;
  readonly port: number;
}

class TcpWire implements Wire {
  through = '';
  private readonly sockets = new Set<Socket>();
  /** The clients' ends of all connections, and of those that break at their next message. */
  private readonly standing = new Set<Socket>();
  private readonly doomed = new Set<Socket>();
  private readonly traps: LiveTrap[] = [];
  private readonly listener = createServer((near) => this.connected(near));
  private state: 'cut' | 'whole' | 'frozen' | 'deaf';

  constructor(
    private server: Address,
    private readonly options: WireOptions & { readonly postgres: boolean },
  ) {
    this.state = options.state ?? 'whole';
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.listener.listen(0, '127.0.0.1', resolve));
    return (this.listener.address() as AddressInfo).port;
  }

  cut(): void {
    this.state = 'cut';
    this.breakConnections();
  }

  breakConnections(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  breakMidMessage(): number {
    for (const near of this.standing) this.doomed.add(near);
    return this.standing.size;
  }

  freeze(what?: 'requests'): void {
    this.state = what === 'requests' ? 'deaf' : 'frozen';
  }

  lead(target: string): void {
    this.server = addressOf(urlOf(target));
  }

  mend(): void {
    // What was swallowed would leave a hole in the stream.
    if (['frozen', 'deaf'].includes(this.state)) this.breakConnections();
    this.state = 'whole';
  }

  trap(trap: Trap): () => number {
    const live: LiveTrap = { ...trap, left: trap.times ?? 1, toSpare: trap.spared ?? 0, sprung: 0 };
    this.traps.push(live);
    return () => live.sprung;
  }

  close(): Promise<void> {
    this.breakConnections();
    return new Promise((resolve) => this.listener.close(() => resolve()));
  }

  private connected(near: Socket): void {
    this.keep(near);
    if (this.state === 'cut') {
      near.destroy();
      return;
    }
    const far = connect(this.server);
    this.keep(far);
    this.standing.add(near);
    near.on('close', () => {
      this.standing.delete(near);
      this.doomed.delete(near);
      far.destroy();
    });
    far.on('close', () => near.destroy());
    this.carry(near, far);
  }

  private carry(near: Socket, far: Socket): void {
    const advertised = this.options.kafka === true ? readdressing(this.server, near.localPort ?? 0) : undefined;
    let lost: LiveTrap | undefined;
    const primed = new Set<LiveTrap>();
    const statements = this.options.postgres ? new BoundStatements() : undefined;
    near.on('data', (chunk) => {
      if (['frozen', 'deaf'].includes(this.state)) return;
      const sprung = this.spring([chunk, ...(statements?.read(chunk) ?? [])], primed);
      if (sprung?.when === 'before') {
        near.destroy();
        if (sprung.thenCut === true) this.cut();
        return;
      }
      lost ??= sprung;
      if (this.breaks(near)) halfOf(chunk, far, near);
      else far.write(chunk);
    });
    far.on('data', (chunk) => {
      if (this.state === 'frozen') return;
      if (lost !== undefined) {
        near.destroy();
        if (lost.thenCut === true) this.cut();
      } else if (this.breaks(near)) halfOf(chunk, near, near);
      else near.write(advertised ? advertised(chunk) : chunk);
    });
  }

  /** `primed` are the traps of this connection that wait for the end of its transaction. */
  private spring(sent: readonly (Buffer | string)[], primed: Set<LiveTrap>): LiveTrap | undefined {
    const says = (text: string): boolean => sent.some((part) => part.includes(text));
    const live = this.traps.filter(({ left }) => left > 0);
    const met = live.filter(({ text, atCommit }) => atCommit !== true && says(text));
    if (says(COMMIT)) met.push(...live.filter((trap) => primed.has(trap)));
    if (EDGES.some(says)) primed.clear();
    for (const trap of live) if (trap.atCommit === true && says(trap.text)) primed.add(trap);
    for (const trap of met) {
      if (trap.toSpare === 0) {
        trap.left -= 1;
        trap.sprung += 1;
        return trap;
      }
      trap.toSpare -= 1;
    }
    return undefined;
  }

  /** True once for a connection that is to break. */
  private breaks(near: Socket): boolean {
    return this.doomed.delete(near);
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
  }
}

/** The first half of a message arrives; with it the connection ends. */
function halfOf(chunk: Buffer, to: Socket, near: Socket): void {
  to.write(chunk.subarray(0, Math.floor(chunk.length / 2)), () => near.destroy());
}

/**
 * Replaces the broker's port behind its host name (a string with two bytes of length, then four bytes of port) in what
 * it answers. The length stays the same, so the frames do too.
 */
function readdressing(server: Address, port: number): (chunk: Buffer) => Buffer {
  const host = Buffer.from(server.host);
  const address = (value: number): Buffer => {
    const bytes = Buffer.alloc(2 + host.length + 4);
    bytes.writeUInt16BE(host.length, 0);
    host.copy(bytes, 2);
    bytes.writeInt32BE(value, 2 + host.length);
    return bytes;
  };
  const from = address(server.port);
  const to = address(port);
  return (chunk) => {
    const copy = Buffer.from(chunk);
    for (let at = copy.indexOf(from); at !== -1; at = copy.indexOf(from, at + from.length)) to.copy(copy, at);
    return copy;
  };
}
