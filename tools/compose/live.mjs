/** Where nobody can overwrite a line, what goes on is said this often. */
const QUIET_MS = 30_000;

/** Lines that stay, and below them one that shows what goes on at the moment. */
export class Live {
  /** @param {{write(text: string): void, isTTY?: boolean, columns?: number}} out */
  constructor(out) {
    this.out = out;
    this.begin = performance.now();
    this.last = this.begin;
    this.shown = false;
  }

  say(line) {
    this.end();
    this.last = performance.now();
    this.out.write(`[${((performance.now() - this.begin) / 1000).toFixed(1).padStart(6)} s] ${line}\n`);
  }

  live(line) {
    if (line.trim() === '') return;
    if (!this.out.isTTY) {
      if (performance.now() - this.last > QUIET_MS) this.say(`… ${line.trim()}`);
      return;
    }
    this.out.write(`\r\u001b[2K  … ${line.trim().slice(0, (this.out.columns ?? 80) - 6)}`);
    this.shown = true;
  }

  end() {
    if (this.shown) this.out.write('\r\u001b[2K');
    this.shown = false;
  }
}
