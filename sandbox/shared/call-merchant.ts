/** What a merchant answered to a vendor's message: JSON where it is JSON, else its first KiB. */
export interface MerchantAnswer {
  readonly httpStatus: number | undefined;
  readonly answer: unknown;
  readonly error: string | undefined;
}

/** One call without redirects; never throws. */
export async function callMerchant(url: string, timeoutMs: number, request: RequestInit = {}): Promise<MerchantAnswer> {
  try {
    const response = await fetch(url, { ...request, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) });
    const text = await response.text();
    let answer: unknown = text.slice(0, 1_024);
    try {
      answer = JSON.parse(text);
    } catch {
      // The text itself is kept as the answer.
    }
    return { httpStatus: response.status, answer, error: undefined };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
    const message = error instanceof Error ? `${error.message}${cause}` : String(error);
    return { httpStatus: undefined, answer: undefined, error: message };
  }
}

/** The member of a 200's JSON by which a merchant says what it made of the message; undefined for any other answer. */
export function answerCode({ httpStatus, answer }: MerchantAnswer, name: string): string | undefined {
  if (httpStatus !== 200 || typeof answer !== 'object' || answer === null) return undefined;
  const code = (answer as Record<string, unknown>)[name];
  return typeof code === 'string' ? code : undefined;
}
