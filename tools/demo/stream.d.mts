/* eslint-disable @typescript-eslint/no-explicit-any */
export interface Push {
  readonly topic: string;
  readonly data: any;
  readonly at: number;
}

export interface Stream {
  readonly id: string;
  readonly userId: string;
  readonly pushes: readonly Push[];
  readonly clear: readonly { event: string; data?: any }[];
  readonly wire: readonly string[];
  readonly closed: { code: number; reason: string } | null;
  send(event: string, data: unknown, id?: string): void;
  /** The data of the answer; waits for it as `expect` does. */
  ask(event: string, data: unknown): Promise<any>;
  join(rooms: readonly string[]): void;
  expect(what: string, fits: (push: Push) => boolean, options?: { timeoutMs?: number }): Promise<Push>;
  close(): void;
}

export function connectStream(
  signalUrl: string,
  token: string,
  options?: { rooms?: readonly string[]; info?: string },
): Promise<Stream>;
