/** A key that is not of the published form. Never carries the key. */
export class WebhookKeyError extends Error {
  override readonly name = 'WebhookKeyError';
}

/** The part of a webhook that is wrong. */
export type WebhookField = 'id' | 'timestamp' | 'eventType' | 'signature' | 'body';

/** A webhook that cannot be signed, or headers that cannot be read: says which part and why, never its value. */
export class WebhookMessageError extends Error {
  override readonly name = 'WebhookMessageError';

  constructor(
    readonly field: WebhookField,
    readonly reason: 'malformed' | 'too_large',
    message: string,
  ) {
    super(message);
  }
}
