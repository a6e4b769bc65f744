/** Numbers from 0 up to, without, a bound: the same ones for the same seed (xorshift32). */
export function numbersOf(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** What means something to one of the parsers on the way. */
const WORDS = ['"', '\\', '{', '}', '[', ']', ',', ':', 'null', '\\u0000', '__proto__', 'ws:', '1e400', '=', 'm-2'].map(
  (word) => Buffer.from(word),
);

type Next = (below: number) => number;

const spliced = (bytes: Buffer, at: number, removed: number, put: Uint8Array): Buffer =>
  Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + removed)]);

const CHANGES: readonly ((bytes: Buffer, at: number, next: Next) => Buffer)[] = [
  (bytes, at, next) => spliced(bytes, at, 1, Uint8Array.of((bytes[at] ?? 0) ^ (1 << next(8)))),
  (bytes, at, next) => spliced(bytes, at, 1, Uint8Array.of(next(256))),
  (bytes, at, next) => spliced(bytes, at, 1 + next(8), Buffer.alloc(0)),
  (bytes, at, next) =>
    spliced(
      bytes,
      at,
      0,
      Uint8Array.from({ length: 1 + next(8) }, () => next(256)),
    ),
  (bytes, at, next) => spliced(bytes, at, 0, bytes.subarray(at, at + 1 + next(40))),
  (bytes, at, next) => spliced(bytes, at, next(2), WORDS[next(WORDS.length)] ?? Buffer.alloc(0)),
  (bytes, at, next) => (next(4) === 0 ? bytes.subarray(0, at) : spliced(bytes, at, 1, bytes.subarray(0, next(4)))),
];

/** The text with one to three changes of its bytes; one of sixteen stays as it is. */
export function mutated(text: string, next: Next): Buffer {
  let bytes: Buffer = Buffer.from(text);
  if (next(16) === 0) return bytes;
  for (let left = 1 + next(3); left > 0; left -= 1) {
    bytes = CHANGES[next(CHANGES.length)]?.(bytes, next(bytes.length + 1), next) ?? bytes;
  }
  return bytes;
}

const FRAMES: readonly { readonly event: string; readonly data?: object }[] = [
  { event: 'heartbeat' },
  { event: 'join', data: { rooms: ['payment/merchants/m-1', 'ws-default'] } },
  { event: 'join', data: { rooms: ['signal/users/fuzzer'] } },
  { event: 'leave', data: { rooms: ['payment/merchants/m-1'] } },
];

/** What a connected client may say, as valid as can be; an introduction or a renewal, which cost the most, now and then. */
export function anyValid(token: string, clientPublicKey: string, next: Next): { event: string; data?: object } {
  const choice = next(24);
  if (choice === 0) return { event: 'authenticate', data: { type: 'Bearer', token, renew: true } };
  if (choice === 1) return { event: 'authenticate', data: { type: 'Bearer', token, clientPublicKey } };
  return FRAMES[choice % FRAMES.length] ?? { event: 'heartbeat' };
}
