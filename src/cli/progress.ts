/** A line on a terminal that says how far a long run has come; nothing where the stream is no terminal. */
import type { WriteStream } from 'node:tty';

/** Below this many steps nobody waits long enough to wonder. */
const WORTH_SHOWING = 20;
const REFRESH_MILLISECONDS = 100;

export class Progress {
  readonly #what: string;
  readonly #total: number;
  readonly #stream: WriteStream;
  readonly #shown: boolean;
  #done = 0;
  #drawn = 0;

  constructor(what: string, total: number, stream: WriteStream, wanted: boolean) {
    this.#what = what;
    this.#total = total;
    this.#stream = stream;
    this.#shown = wanted && stream.isTTY && total >= WORTH_SHOWING;
  }

  /** Another one begins. */
  step(name: string): void {
    this.#done += 1;
    if (!this.#shown || Date.now() - this.#drawn < REFRESH_MILLISECONDS) return;
    this.#drawn = Date.now();
    const line = `${this.#what} ${this.#done}/${this.#total} ${name}`.slice(0, Math.max(20, this.#stream.columns - 1));
    this.#stream.write(`\r\u001b[2K${line}`);
  }

  /** Makes room for other output. */
  clear(): void {
    if (this.#shown) this.#stream.write('\r\u001b[2K');
  }
}
