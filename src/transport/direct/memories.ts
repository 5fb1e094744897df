/**
 * A value that is sent in parts is one memory at either end. The sender says of each part which memory it lies in,
 * where, and how large that is; the receiver makes one of the same size and reads each part to its place there, so
 * that nobody has to put the parts together.
 *
 * - Memory is begun by its first part, and continued onwards only, be it past a gap. A part that comes late, or again,
 *   is a buffer of its own: what has been handed on is never written to again.
 * - Nothing is kept alive here. Whoever puts the parts together keeps the memory; when nobody does, it is gone, and
 *   later parts are buffers of their own.
 */

/** Where a buffer lies in the memory it is a part of. */
export interface Place {
  /** Which memory of the sender's; 0: it is no part of any. */
  readonly memory: number;
  readonly offset: number;
  /** Of all the memory. */
  readonly size: number;
}

const nowhere: Place = { memory: 0, offset: 0, size: 0 };

/** Names of memories, for one receiver. */
export class OutgoingMemories {
  readonly #numbers = new WeakMap<SharedArrayBuffer, number>();
  #count = 0;

  placeOf({ buffer, byteOffset: offset }: Uint8Array): Place {
    if (!(buffer instanceof SharedArrayBuffer)) return nowhere;
    let memory = this.#numbers.get(buffer);
    if (memory === undefined) {
      memory = this.#count += 1;
      this.#numbers.set(buffer, memory);
    }
    return { memory, offset, size: buffer.byteLength };
  }
}

interface Begun {
  readonly memory: WeakRef<SharedArrayBuffer>;
  /** Nothing at or after this place has been handed on yet. */
  free: number;
}

/** So many may be under way at once from one sender. */
const mostBegun = 64;

/** The memories of one sender, as they come in. */
export class IncomingMemories {
  readonly #begun = new Map<string, Begun>();

  /** Where a part is to be read to, if that is in one memory with the parts before it. */
  room(to: string, { memory: number, offset, size }: Place, nbytes: number): Uint8Array | undefined {
    const fits = Number.isSafeInteger(offset) && Number.isSafeInteger(size) && offset + nbytes <= size;
    if (number === 0 || nbytes === 0 || !fits) return undefined;
    // Two mailboxes that are sent the same must not share what each may put together at its own time.
    const name = `${to}\n${number}`;
    if (offset === 0) this.#begin(name, size);
    const begun = this.#begun.get(name);
    const memory = begun?.memory.deref();
    if (begun === undefined || offset < begun.free || memory?.byteLength !== size) return undefined;
    begun.free = offset + nbytes;
    if (begun.free === size) this.#begun.delete(name);
    return new Uint8Array(memory, offset, nbytes);
  }

  #begin(name: string, size: number): void {
    this.#begun.delete(name);
    let memory: SharedArrayBuffer;
    try {
      memory = new SharedArrayBuffer(size);
    } catch {
      // More than there is. The parts may be of use to somebody all the same.
      return;
    }
    this.#begun.set(name, { memory: new WeakRef(memory), free: 0 });
    for (const oldest of this.#begun.keys()) {
      if (this.#begun.size <= mostBegun) return;
      this.#begun.delete(oldest);
    }
  }
}
