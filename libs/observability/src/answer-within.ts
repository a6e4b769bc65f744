/** Something has not answered in its time; `message` says so in words that hold no address. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

/** What `work` comes to; rejects with `NoAnswerError` when that takes longer than `ms`. The work itself goes on. */
export async function answerWithin<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new NoAnswerError(`no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
