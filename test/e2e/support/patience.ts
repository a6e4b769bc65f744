/**
 * How long callers, sales and whoever waits for them go on. A tenth of the deaths takes minutes on a busy machine; where
 * every point is armed, the first webhook is delivered only when its sender has died at all the points before it.
 */
export const PATIENCE_MS = process.env['TEST_LONG'] === '1' ? 1_800_000 : 300_000;
