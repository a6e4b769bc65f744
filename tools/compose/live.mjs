/** Lines that stay, and below them one that shows what goes on at the moment where the output is a terminal. */
export class Live {
  /** @param {{write(text: string): void, isTTY?: boolean, columns?: number}} out */
  constructor(out) {
    this.out = out;
    this.begin = performance.now();
    this.shown = false;
  }

  say(line) {
    this.end();
    this.out.write(`[${((performance.now() - this.begin) / 1000).toFixed(1).padStart(6)} s] ${line}\n`);
  }

  live(line) {
    if (!this.out.isTTY || line.trim() === '') return;
    this.out.write(`\r\u001b[2K  … ${line.trim().slice(0, (this.out.columns ?? 80) - 6)}`);
    this.shown = true;
  }

  end() {
    if (this.shown) this.out.write('\r\u001b[2K');
    this.shown = false;
  }
}
