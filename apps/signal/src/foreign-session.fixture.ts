import { createCipheriv, createDecipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto';

const INFO = 'ignis-ecdh-p256-aes-256-gcm-v1';
const PATIENCE_MS = 10_000;

export interface ClearFrame {
  readonly event: string;
  readonly data: Record<string, unknown>;
}

export interface Push {
  readonly event: string;
  readonly data: unknown;
}

export interface Sealed {
  readonly iv: string;
  readonly ct: string;
}

interface Waiter {
  readonly check: () => boolean;
  readonly resolve: () => void;
}

/** The client's half of the key agreement, and what a client has heard; the dialects are built upon it. */
export abstract class ForeignSession {
  /** Texts as they came. */
  readonly raw: string[] = [];
  /** What came in clear. */
  readonly clear: ClearFrame[] = [];
  /** What came sealed, opened. */
  readonly pushes: Push[] = [];
  isClosed = false;
  readonly publicKey: string;
  /** Told of each opened push as it comes. */
  onPush: ((push: Push) => void) | undefined;
  private readonly ecdh = createECDH('prime256v1');
  private key: Buffer | undefined;
  private waiters: Waiter[] = [];

  protected constructor() {
    this.publicKey = this.ecdh.generateKeys('base64');
  }

  /** Sends an event and resolves with what its sealed answer says. */
  abstract ask(event: string, data: unknown, sealed?: boolean): Promise<unknown>;
  abstract close(): Promise<void>;

  get connected(): Record<string, unknown> {
    return this.clear.find(({ event }) => event === 'connected')?.data ?? {};
  }

  get id(): string {
    return String(this.connected['id']);
  }

  get errors(): unknown[] {
    return this.clear.filter(({ event }) => event === 'error').map(({ data }) => data['message']);
  }

  seal(frame: object): Sealed {
    return this.sealText(JSON.stringify(frame));
  }

  sealText(plaintext: string): Sealed {
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.key ?? Buffer.alloc(32), iv);
    const sealed = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
    return { iv: iv.toString('base64'), ct: sealed.toString('base64') };
  }

  /** Joins and waits for the server's acknowledgement. */
  async join(...rooms: unknown[]): Promise<{ joined: string[]; refused: { room: string; reason: string }[] }> {
    return (await this.ask('join', { rooms })) as never;
  }

  topics(): string[] {
    return this.pushes.map(({ event }) => event);
  }

  async push(topic: string): Promise<unknown> {
    await this.until(() => this.topics().includes(topic));
    return this.pushes.find(({ event }) => event === topic)?.data;
  }

  /** Resolves as soon as `check` holds; rejects after a while, telling what was seen. */
  async until(check: () => boolean): Promise<void> {
    if (check()) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`not seen; so far ${this.summary()}`)), PATIENCE_MS);
      this.waiters.push({
        check,
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
      });
    });
  }

  protected hear(frame: ClearFrame): void {
    if (frame.event === 'encrypted') {
      const push = JSON.parse(this.open(frame.data as never)) as Push;
      this.pushes.push(push);
      this.onPush?.(push);
    } else this.clear.push(frame);
    if (frame.event === 'connected') this.agree(frame.data);
    this.wake();
  }

  protected end(): void {
    this.isClosed = true;
    this.wake();
  }

  protected open({ iv, ct }: Sealed): string {
    const sealed = Buffer.from(ct, 'base64');
    const decipher = createDecipheriv('aes-256-gcm', this.key ?? Buffer.alloc(32), Buffer.from(iv, 'base64'));
    decipher.setAuthTag(sealed.subarray(-16));
    return decipher.update(sealed.subarray(0, -16), undefined, 'utf8') + decipher.final('utf8');
  }

  private agree(connected: Record<string, unknown>): void {
    const shared = this.ecdh.computeSecret(Buffer.from(String(connected['serverPublicKey']), 'base64'));
    const salt = Buffer.from(String(connected['salt']), 'base64');
    this.key = Buffer.from(hkdfSync('sha256', shared, salt, INFO, 32));
  }

  private summary(): string {
    return JSON.stringify({ clear: this.clear.slice(-5), pushes: this.pushes.slice(-5), closed: this.isClosed });
  }

  protected wake(): void {
    const due = this.waiters.filter(({ check }) => check());
    this.waiters = this.waiters.filter((waiter) => !due.includes(waiter));
    for (const { resolve } of due) resolve();
  }
}
