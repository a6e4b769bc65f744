import { waitFor } from './http.mjs';

/** The first of a screen's pushes that fits, now or later; the message of the failure names the topics that came. */
export function firstPush(pushes, what, fits, options = {}) {
  return waitFor(
    what,
    (note) => {
      note(pushes.map(({ topic }) => topic));
      return pushes.find(fits);
    },
    { everyMs: 10, ...options },
  );
}
