import type { Progress } from './run';

/** A terminal shows the state in one line that is written anew; elsewhere it comes as lines, not too often. */
const PLAIN_EVERY_MS = 10_000;

export function terminalProgress(out: NodeJS.WriteStream): Progress {
  const begin = Date.now();
  let shown = 0;
  const stamp = (): string => `[${((Date.now() - begin) / 1_000).toFixed(1).padStart(6)} s]`;
  const clear = out.isTTY ? '\r\u001b[2K' : '';
  return {
    say: (line) => void out.write(`${clear}${stamp()} ${line}\n`),
    now: (line) => {
      if (out.isTTY) {
        out.write(`${clear}${stamp()} ${line}`.slice(0, (out.columns || 120) + clear.length - 1));
      } else if (Date.now() - shown > PLAIN_EVERY_MS) {
        shown = Date.now();
        out.write(`${stamp()} ${line}\n`);
      }
    },
  };
}
