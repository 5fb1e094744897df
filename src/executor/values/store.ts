/**
 * The bytes of the values a worker holds, by run: in memory, or spilled to disk, least recently used first. A value
 * that was spilled is checked when it is read back: what does not match its checksum is as good as lost.
 */

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";

interface Entry {
  readonly nbytes: number;
  /** Undefined while it is on disk. */
  bytes: Uint8Array | undefined;
  /** Set once it has been written. */
  file: string | undefined;
  checksum: number;
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

  get size(): number {
    return this.#entries.size;
  }

  put(run: number, bytes: Uint8Array): void {
    if (this.#isOver) return;
    this.drop(run);
    this.#entries.set(run, { nbytes: bytes.length, bytes, file: undefined, checksum: 0 });
    this.#memoryBytes += bytes.length;
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
      const memory = isInPlace ? buffer : new SharedArrayBuffer(total);
      incoming = { bytes: new Uint8Array(memory), received: 0 };
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
    return entry.bytes ?? this.#read(run, entry);
  }

  drop(run: number): void {
    this.#incoming.delete(run);
    const entry = this.#entries.get(run);
    if (entry === undefined) return;
    this.#entries.delete(run);
    if (entry.bytes !== undefined) this.#memoryBytes -= entry.nbytes;
    if (entry.file !== undefined) rmSync(entry.file, { force: true });
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
      if (entry.bytes !== undefined) heir.#memoryBytes += entry.nbytes;
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

  #write(run: number, entry: Entry, bytes: Uint8Array): void {
    if (!this.#made) mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    this.#made = true;
    const file = join(this.#directory, `${run}.value`);
    writeFileSync(file, bytes, { mode: 0o600 });
    entry.checksum = crc32(bytes);
    entry.file = file;
  }

  async #read(run: number, entry: Entry): Promise<Uint8Array | undefined> {
    let read: Uint8Array;
    try {
      read = await readFile(entry.file as string);
    } catch {
      read = new Uint8Array();
    }
    if (read.length !== entry.nbytes || crc32(read) !== entry.checksum) {
      if (this.#entries.get(run) === entry) this.drop(run);
      return undefined;
    }
    if (entry.bytes === undefined && this.#entries.get(run) === entry) {
      const bytes = new Uint8Array(new SharedArrayBuffer(read.length));
      bytes.set(read);
      entry.bytes = bytes;
      this.#memoryBytes += bytes.length;
    }
    return entry.bytes ?? read;
  }
}
