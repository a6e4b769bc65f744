import { ForeignClient } from './foreign-client.fixture';
import type { Push } from './foreign-session.fixture';
import { ForeignSocketIoClient } from './foreign-socket-io-client.fixture';

const TOPIC = 'observation/signal/notification/';
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8_000;

interface News {
  readonly notification?: { readonly id: string; readonly sequence: number };
  readonly unread?: number;
}

/**
 * An application that keeps a copy of one inbox and comes back by itself, each time to the next of the instances;
 * whatever does not fit is a fault.
 */
export class InboxCopy {
  /** Ids of the notifications, in the order in which they were told. */
  readonly ids: string[] = [];
  readonly faults: string[] = [];
  unread = 0;
  connections = 0;
  /** Why it could not come back the last time. */
  lastFailure: string | undefined;
  private client: ForeignClient | ForeignSocketIoClient | undefined;
  private stopped = false;

  constructor(
    readonly userId: string,
    private readonly streams: readonly string[],
    private readonly token: string,
    private turn: number,
    private readonly dialect: 'websocket' | 'socket.io',
  ) {}

  /** Resolves with the first connection; goes on until `stop`. */
  async start(): Promise<void> {
    const client = await this.connect();
    const closed: Promise<unknown> = client.closed;
    void closed.then(() => this.comeBack());
  }

  /** Which of the addresses it is connected to. */
  get connectedTo(): number | undefined {
    return this.client?.isClosed === false ? this.turn : undefined;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.client?.close();
  }

  /** As our client kit does it: longer pauses after each failure, and a random part of each. */
  private async comeBack(): Promise<void> {
    for (let failures = 1; !this.stopped; failures += 1) {
      const ceiling = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1));
      await new Promise((resolve) => setTimeout(resolve, (ceiling * (1 + Math.random())) / 2));
      if (this.stopped) return;
      try {
        await this.start();
        return;
      } catch (error) {
        // Nobody is there at the moment, or went away in the middle.
        this.lastFailure = error instanceof Error ? error.message.slice(0, 60) : String(error);
      }
    }
  }

  private async connect(): Promise<ForeignClient | ForeignSocketIoClient> {
    this.turn = (this.turn + 1) % this.streams.length;
    const client = await this.open(this.streams[this.turn] ?? '');
    try {
      await client.until(() => client.isClosed || client.clear.some(({ event }) => event === 'connected'));
    } catch (error) {
      // Nobody waits for it any more, so it must not connect later on.
      void client.close();
      throw error;
    }
    if (client.isClosed) throw new Error('closed while connecting');
    this.client = client;
    this.lastFailure = undefined;
    this.connections += 1;
    return client;
  }

  private async open(stream: string): Promise<ForeignClient | ForeignSocketIoClient> {
    const resume = { lastSequence: this.ids.length };
    if (this.dialect === 'socket.io') {
      const client = ForeignSocketIoClient.open(stream, this.token, { auth: resume });
      client.onPush = (push) => this.take(push);
      return client;
    }
    const client = await ForeignClient.open(stream);
    client.onPush = (push) => this.take(push);
    client.authenticate(this.token, resume);
    return client;
  }

  private take({ event, data }: Push): void {
    const { notification, unread } = data as News;
    if (event === `${TOPIC}created`) {
      const expected = this.ids.length + 1;
      if (notification?.sequence === expected) this.ids.push(notification.id);
      else this.faults.push(`sequence ${notification?.sequence} came in the place of ${expected}`);
    } else if (event !== `${TOPIC}state`) this.faults.push(`${event} came`);
    if (unread !== undefined) this.unread = unread;
  }
}
