/**
 * The bytes of the values a worker holds, by run: in memory, or spilled to disk, least recently used first. A value
 * that was spilled is checked when it is read back: what does not match its checksum is as good as lost.
 */

import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { sharedMemory } from "./shared-memory.js";
import { SpillFile } from "./spill-file.js";

interface Entry {
  readonly nbytes: number;
  /** Undefined while it is on disk. */
  bytes: Uint8Array | undefined;
  /** Set once it has been written. */
  file: SpillFile | undefined;
  /** While it is read back: whoever else asks for it waits for the same reading. */
  reading: Promise<Uint8Array | undefined> | undefined;
}

/** A value that is coming in chunk by chunk. */
interface Incoming {
  readonly bytes: Uint8Array;
  received: number;
}

export class ValueStore {
  readonly #directory: string;
  /** In order of use: the least recently used first. */
  readonly #entries = new Map<number, Entry>();
  readonly #incoming = new Map<number, Incoming>();
  #memoryBytes = 0;
  #storedBytes = 0;
  #made = false;
  /** It was handed over: what still comes in is nobody's. */
  #isOver = false;

  /** @param directory of this process alone; made when the first value is spilled. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** What the values in memory take. */
  get memoryBytes(): number {
    return this.#memoryBytes;
  }

  /** What all values have taken in memory that ever came into it, */
  get storedBytes(): number {
    return this.#storedBytes;
  }

  /** and what those have taken that were dropped or went to disk. */
  get freedBytes(): number {
    return this.#storedBytes - this.#memoryBytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  put(run: number, bytes: Uint8Array): void {
    if (this.#isOver) return;
    this.drop(run);
    this.#entries.set(run, { nbytes: bytes.length, bytes, file: undefined, reading: undefined });
    this.#hold(bytes);
  }

  /**
   * A part of a value, in order. It is there once its last byte is. Parts that lie where they belong in shared memory
   * of the value's size stay where they are.
   */
  putChunk(run: number, offset: number, total: number, chunk: Uint8Array): void {
    const { buffer } = chunk;
    if (offset === 0 && chunk.length === total && buffer instanceof SharedArrayBuffer)
      return this.put(run, chunk);
    let incoming = this.#incoming.get(run);
    if (incoming === undefined || offset === 0) {
      const isInPlace =
        buffer instanceof SharedArrayBuffer && buffer.byteLength === total && chunk.byteOffset === offset;
      const memory = isInPlace ? buffer : sharedMemory(total);
      incoming = { bytes: new Uint8Array(memory, 0, total), received: 0 };
      this.#incoming.set(run, incoming);
    }
    if (buffer !== incoming.bytes.buffer || chunk.byteOffset !== offset) incoming.bytes.set(chunk, offset);
    incoming.received = offset + chunk.length;
    if (incoming.received < total) return;
    this.#incoming.delete(run);
    this.put(run, incoming.bytes);
  }

  /** The bytes, at once when they are in memory. Undefined: not here, or broken on disk. */
  get(run: number): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    const entry = this.#entries.get(run);
    if (entry === undefined) return undefined;
    this.#entries.delete(run);
    this.#entries.set(run, entry);
    return entry.bytes ?? (entry.reading ??= this.#read(run, entry));
  }

  /** A part of the bytes. A value that is on disk stays there: it may be more than fits into memory. */
  part(
    run: number,
    offset: number,
    length: number,
  ): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    const entry = this.#entries.get(run);
    const isWhole = offset === 0 && length >= (entry?.nbytes ?? 0);
    if (entry?.file === undefined || entry.bytes !== undefined || isWhole) {
      const bytes = this.get(run);
      if (!(bytes instanceof Promise)) return bytes?.subarray(offset, offset + length);
      return bytes.then((all) => all?.subarray(offset, offset + length));
    }
    return this.#sound(run, entry, entry.file.part(offset, length));
  }

  drop(run: number): void {
    this.#incoming.delete(run);
    const entry = this.#entries.get(run);
    if (entry === undefined) return;
    this.#entries.delete(run);
    if (entry.bytes !== undefined) this.#memoryBytes -= entry.nbytes;
    entry.file?.remove();
  }

  /** Writes values to disk until those in memory take no more than `toBytes`. Synchronous: memory is short now. */
  spill(toBytes: number): void {
    for (const [run, entry] of this.#entries) {
      if (this.#memoryBytes <= toBytes) return;
      if (entry.bytes === undefined) continue;
      if (entry.file === undefined) this.#write(run, entry, entry.bytes);
      entry.bytes = undefined;
      this.#memoryBytes -= entry.nbytes;
    }
  }

  /** A store of these values, what was written of them included. This one has none of them any more, nor others. */
  handOver(runs: Iterable<number>): ValueStore {
    const heir = new ValueStore(this.#directory);
    for (const run of runs) {
      const entry = this.#entries.get(run);
      if (entry === undefined || !this.#entries.delete(run)) continue;
      heir.#entries.set(run, entry);
      if (entry.bytes !== undefined) heir.#hold(entry.bytes);
    }
    for (const run of [...this.#entries.keys()]) this.drop(run);
    heir.#made = this.#made;
    this.#made = false;
    this.#isOver = true;
    this.close();
    return heir;
  }

  /** Forgets everything and removes what was written. */
  close(): void {
    this.#entries.clear();
    this.#incoming.clear();
    this.#memoryBytes = 0;
    if (this.#made) rmSync(this.#directory, { recursive: true, force: true });
    this.#made = false;
  }

  #hold({ length }: Uint8Array): void {
    this.#memoryBytes += length;
    this.#storedBytes += length;
  }

  #write(run: number, entry: Entry, bytes: Uint8Array): void {
    if (!this.#made) mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    this.#made = true;
    entry.file = SpillFile.write(join(this.#directory, `${run}.value`), bytes);
  }

  async #read(run: number, entry: Entry): Promise<Uint8Array | undefined> {
    const read = await this.#sound(run, entry, (entry.file as SpillFile).whole());
    entry.reading = undefined;
    if (read === undefined) return undefined;
    if (entry.bytes === undefined && this.#entries.get(run) === entry) {
      entry.bytes = read;
      this.#hold(read);
    }
    return entry.bytes ?? read;
  }

  /** What is broken on disk is as good as lost. */
  async #sound(
    run: number,
    entry: Entry,
    reading: Promise<Uint8Array | undefined>,
  ): Promise<Uint8Array | undefined> {
    const read = await reading;
    if (read === undefined && this.#entries.get(run) === entry) this.drop(run);
    return read;
  }
}
