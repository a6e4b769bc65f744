const GREEN = '\u001b[32m';
const RED = '\u001b[31m';
const DIM = '\u001b[2m';
const RESET = '\u001b[0m';

/** One line per step: what is waited for, then ✓ with its milliseconds, or ✗. Silent when the output is for a program. */
export class Progress {
  /** @param {{write(text: string): void, isTTY?: boolean}} out @param {{silent?: boolean}} [options] */
  constructor(out, { silent = false } = {}) {
    this.out = out;
    this.silent = silent;
    this.live = Boolean(out.isTTY) && !silent;
    this.steps = [];
  }

  say(line = '') {
    if (!this.silent) this.out.write(`${line}\n`);
  }

  paint(colour, text) {
    return this.live ? `${colour}${text}${RESET}` : text;
  }

  /** Runs one step and gives its value on; a failure is shown and thrown on. */
  async step(name, work, shown = () => '') {
    const begin = performance.now();
    if (this.live) this.out.write(`  … ${name}`);
    try {
      const value = await work();
      const ms = Math.round(performance.now() - begin);
      this.steps.push({ name, ms });
      const detail = shown(value);
      this.line(this.paint(GREEN, '✓'), `${name.padEnd(34)} ${String(ms).padStart(6)} ms  ${this.paint(DIM, detail)}`);
      return value;
    } catch (error) {
      this.line(this.paint(RED, '✗'), name);
      error.step = name;
      throw error;
    }
  }

  line(mark, text) {
    if (this.silent) return;
    this.out.write(`${this.live ? '\r\u001b[2K' : ''}  ${mark} ${text.trimEnd()}\n`);
  }
}

/** Two columns in a frame. */
export function table(title, rows) {
  const left = Math.max(...rows.map(([name]) => name.length), title.length);
  const right = Math.max(...rows.map(([, value]) => value.length), 20);
  const rule = (a, b, c) => `${a}${'─'.repeat(left + 2)}${b}${'─'.repeat(right + 2)}${c}`;
  const line = (name, value) => `│ ${name.padEnd(left)} │ ${value.padEnd(right)} │`;
  return [
    rule('┌', '┬', '┐'),
    line(title, ''),
    rule('├', '┼', '┤'),
    ...rows.map((row) => line(...row)),
    rule('└', '┴', '┘'),
  ].join('\n');
}
