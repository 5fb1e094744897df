/** Keeps the process from ending while somebody waits for a result, and only then. */

export class KeepAlive {
  #count = 0;
  #timer: NodeJS.Timeout | undefined;

  more(): void {
    this.#count++;
    // Threads and in-process transports hold no handle of their own: an idle cluster lets the process end.
    this.#timer ??= setInterval(() => undefined, 2 ** 30);
  }

  less(by = 1): void {
    this.#count -= by;
    if (this.#count > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
