/**
 * Memory for large buffers that come in, used again once whoever got them says that they are done. Without that a
 * value of a gigabyte would leave as much garbage behind, and a collection for each few dozen chunks of it.
 *
 * Only memory that was lent here is taken back, and only once. What is never given back is left to the collector.
 */

/** Smaller buffers are not worth it. */
const leastBytes = 128 * 1024;

export class ReceivePool {
  readonly #lent = new WeakSet<ArrayBufferLike>();
  readonly #free: ArrayBuffer[] = [];
  readonly #mostBytes: number;
  #freeBytes = 0;

  /** @param mostBytes kept for later use. */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** Memory of this size, alone in its ArrayBuffer; it may hold anything. */
  take(nbytes: number): Uint8Array {
    if (nbytes < leastBytes) return Buffer.allocUnsafeSlow(nbytes);
    const at = this.#free.findLastIndex(({ byteLength }) => byteLength === nbytes);
    const [known] = at < 0 ? [] : this.#free.splice(at, 1);
    if (known !== undefined) this.#freeBytes -= nbytes;
    const bytes = known === undefined ? Buffer.allocUnsafeSlow(nbytes) : new Uint8Array(known);
    this.#lent.add(bytes.buffer);
    return bytes;
  }

  /** Nobody looks at these bytes, nor at what they are a view of, any more. */
  giveBack({ buffer }: Uint8Array): void {
    if (!(buffer instanceof ArrayBuffer) || !this.#lent.delete(buffer)) return;
    this.#free.push(buffer);
    this.#freeBytes += buffer.byteLength;
    while (this.#freeBytes > this.#mostBytes) this.#freeBytes -= this.#free.shift()?.byteLength ?? 0;
  }
}
