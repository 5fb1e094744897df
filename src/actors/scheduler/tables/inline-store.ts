/**
 * Small values that the scheduler keeps itself. Bytes are copied into cells of the sizes 16, 32, … 4096, cut from
 * pages, so that a million results of a few bytes are a few pages and not a million arrays. Larger ones (literals
 * of graphs, scattered values) stay the arrays they came in.
 *
 * A cell begins with its length in two bytes. A handle is `size class + 16 * number`.
 */

const pageBytes = 65_536;
const header = 2;
const classes = 9;
const large = 15;

export class InlineStore {
  /** Bytes kept, headers and slack not counted. */
  bytes = 0;
  readonly #pages: Uint8Array[][] = Array.from({ length: classes }, () => []);
  readonly #count = new Int32Array(classes);
  readonly #free: number[][] = Array.from({ length: classes }, () => []);
  #large: (Uint8Array | undefined)[] = [];
  readonly #freeLarge: number[] = [];

  /** Copies `source[start … end-1]`, which is at least one byte. */
  put(source: Uint8Array, start: number, end: number): number {
    const length = end - start;
    this.bytes += length;
    const size = sizeClass(length + header);
    if (size >= classes) return this.#putLarge(source.slice(start, end));
    const number = this.#free[size]!.pop() ?? this.#count[size]!++;
    const perPage = pageBytes >>> (size + 4);
    const pages = this.#pages[size]!;
    const pageNumber = Math.floor(number / perPage);
    const page = (pages[pageNumber] ??= new Uint8Array(pageBytes));
    let at = (number % perPage) << (size + 4);
    page[at++] = length & 255;
    page[at++] = length >>> 8;
    if (length > 32) page.set(source.subarray(start, end), at);
    else for (let i = start; i < end; i++) page[at++] = source[i]!;
    return size + 16 * number;
  }

  /** Keeps `bytes` as they are; nobody writes to them any more. */
  keep(bytes: Uint8Array): number {
    this.bytes += bytes.length;
    return this.#putLarge(bytes);
  }

  lengthOf(handle: number): number {
    const size = handle & 15;
    const number = handle >>> 4;
    if (size === large) return this.#large[number]!.length;
    const perPage = pageBytes >>> (size + 4);
    const page = this.#pages[size]![Math.floor(number / perPage)]!;
    const at = (number % perPage) << (size + 4);
    return page[at]! + (page[at + 1]! << 8);
  }

  /** Writes the value into `target` from `offset` on. */
  copyTo(handle: number, target: Uint8Array, offset: number): void {
    const size = handle & 15;
    const number = handle >>> 4;
    if (size === large) {
      target.set(this.#large[number]!, offset);
      return;
    }
    const perPage = pageBytes >>> (size + 4);
    const page = this.#pages[size]![Math.floor(number / perPage)]!;
    let at = (number % perPage) << (size + 4);
    const length = page[at]! + (page[at + 1]! << 8);
    at += header;
    if (length > 32) target.set(page.subarray(at, at + length), offset);
    else for (let i = 0; i < length; i++) target[offset + i] = page[at + i]!;
  }

  remove(handle: number): void {
    this.bytes -= this.lengthOf(handle);
    const size = handle & 15;
    const number = handle >>> 4;
    if (size === large) {
      this.#large[number] = undefined;
      this.#freeLarge.push(number);
      return;
    }
    const free = this.#free[size]!;
    free.push(number);
    if (free.length === this.#count[size]!) this.#clear(size);
  }

  /** The last cell of a size is free: its pages are given back. */
  #clear(size: number): void {
    this.#pages[size] = [];
    this.#free[size] = [];
    this.#count[size] = 0;
  }

  #putLarge(bytes: Uint8Array): number {
    const number = this.#freeLarge.pop() ?? this.#large.length;
    this.#large[number] = bytes;
    return large + 16 * number;
  }
}

/** 0 for up to 16 bytes, 1 for up to 32, and so on. */
function sizeClass(bytes: number): number {
  return bytes <= 16 ? 0 : 28 - Math.clz32(bytes - 1);
}
