/** The values that a simulated worker holds, as bytes by run; those on their way in are put together here. */

export class ByteStore {
  readonly #values = new Map<number, Uint8Array>();
  readonly #arriving = new Map<number, { readonly bytes: Uint8Array; received: number }>();

  get runs(): readonly number[] {
    return [...this.#values.keys()];
  }

  get nbytes(): number {
    let sum = 0;
    for (const bytes of this.#values.values()) sum += bytes.length;
    return sum;
  }

  get(run: number): Uint8Array | undefined {
    return this.#values.get(run);
  }

  put(run: number, bytes: Uint8Array): void {
    this.#values.set(run, bytes);
  }

  /** A part of a value. It is there once its last byte is. */
  putChunk(run: number, offset: number, total: number, chunk: Uint8Array): void {
    let partial = this.#arriving.get(run);
    if (partial?.bytes.length !== total || offset === 0) {
      partial = { bytes: new Uint8Array(total), received: 0 };
      this.#arriving.set(run, partial);
    }
    partial.bytes.set(chunk, offset);
    partial.received += chunk.length;
    if (partial.received < total) return;
    this.#arriving.delete(run);
    this.#values.set(run, partial.bytes);
  }

  /** A store of these values, as far as they are here whole. */
  handOver(runs: readonly number[]): ByteStore {
    const heir = new ByteStore();
    for (const run of runs) {
      const bytes = this.#values.get(run);
      if (bytes !== undefined) heir.put(run, bytes);
    }
    return heir;
  }

  drop(run: number): void {
    this.#values.delete(run);
    this.#arriving.delete(run);
  }
}
