import { SendNotSentError, SendTimeoutError, type Send, type SendRequest, type SendResponse } from '@nx/contracts';

/** What a call through the port amounted to, without exceptions. */
export type SendOutcome =
  | { readonly kind: 'ANSWER'; readonly response: SendResponse }
  | { readonly kind: 'NOT_SENT'; readonly reason: 'NOT_SENT' }
  | { readonly kind: 'NO_ANSWER'; readonly reason: 'TIMEOUT' | 'NETWORK' };

/** Sends and folds the three failures into values; an unforeseen error counts as an answer that was lost. */
export async function attemptSend(send: Send, request: SendRequest): Promise<SendOutcome> {
  try {
    return { kind: 'ANSWER', response: await send(request) };
  } catch (error) {
    if (error instanceof SendNotSentError) return { kind: 'NOT_SENT', reason: 'NOT_SENT' };
    return { kind: 'NO_ANSWER', reason: error instanceof SendTimeoutError ? 'TIMEOUT' : 'NETWORK' };
  }
}
