export type ChannelErrorReason =
  'malformed' | 'too_large' | 'repeated_iv' | 'forged' | 'bad_public_key' | 'bad_private_key' | 'too_many_waiting';

/** A frame or key that the encrypted channel refuses. Never carries a key or a plaintext. */
export class ChannelError extends Error {
  override readonly name = 'ChannelError';

  constructor(readonly reason: ChannelErrorReason) {
    super(`The encrypted channel refused its input: ${reason}.`);
  }
}
