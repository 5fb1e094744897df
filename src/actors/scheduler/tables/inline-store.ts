/**
 * Small values that the scheduler keeps itself. Bytes are copied into cells of the sizes 16, 32, … 4096, cut from
 * pages, so that a million results of a few bytes are a few pages and not a million arrays. Larger ones (literals
 * of graphs, scattered values) stay the arrays they came in.
 *
 * A cell begins with its length in two bytes; a free one with the number of the next free one in four. A handle is
 * `size class + 16 * number`.
 */

const pageBytes = 65_536;
const header = 2;
const classes = 9;
const large = 15;
const none = 0xffffffff;

/** The cells of one size. */
class Cells {
  readonly #bits: number;
  /** Cells in a page are numbered by the lowest bits of their number. */
  readonly #pageShift: number;
  #pages: Uint8Array[] = [];
  #count = 0;
  #used = 0;
  #free = none;

  constructor(size: number) {
    this.#bits = size + 4;
    this.#pageShift = 16 - this.#bits;
  }

  take(): number {
    this.#used++;
    if (this.#free === none) {
      const number = this.#count++;
      const page = number >>> this.#pageShift;
      if (page === this.#pages.length) this.#pages.push(new Uint8Array(pageBytes));
      return number;
    }
    const number = this.#free;
    const page = this.page(number);
    const at = this.start(number);
    this.#free = (page[at]! | (page[at + 1]! << 8) | (page[at + 2]! << 16) | (page[at + 3]! << 24)) >>> 0;
    return number;
  }

  give(number: number): void {
    if (--this.#used === 0) {
      // The last one is free: the pages are given back.
      this.#pages = [];
      this.#count = 0;
      this.#free = none;
      return;
    }
    const page = this.page(number);
    const at = this.start(number);
    page[at] = this.#free;
    page[at + 1] = this.#free >>> 8;
    page[at + 2] = this.#free >>> 16;
    page[at + 3] = this.#free >>> 24;
    this.#free = number;
  }

  page(number: number): Uint8Array {
    return this.#pages[number >>> this.#pageShift]!;
  }

  /** Where the cell begins in its page. */
  start(number: number): number {
    return (number << this.#bits) & (pageBytes - 1);
  }
}

export class InlineStore {
  /** Bytes kept, headers and slack not counted. */
  bytes = 0;
  readonly #cells = Array.from({ length: classes }, (_, size) => new Cells(size));
  readonly #large: (Uint8Array | undefined)[] = [];
  readonly #freeLarge: number[] = [];

  /** Copies `source[start … end-1]`, which is at least one byte. */
  put(source: Uint8Array, start: number, end: number): number {
    const length = end - start;
    this.bytes += length;
    const size = sizeClass(length + header);
    if (size >= classes) return this.#putLarge(source.slice(start, end));
    const cells = this.#cells[size]!;
    const number = cells.take();
    const page = cells.page(number);
    let at = cells.start(number);
    page[at++] = length;
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
    const cells = this.#cells[size]!;
    const page = cells.page(number);
    const at = cells.start(number);
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
    const cells = this.#cells[size]!;
    const page = cells.page(number);
    let at = cells.start(number);
    const length = page[at]! + (page[at + 1]! << 8);
    at += header;
    if (length > 32) target.set(page.subarray(at, at + length), offset);
    else for (let i = 0; i < length; i++) target[offset + i] = page[at + i]!;
  }

  remove(handle: number): void {
    this.bytes -= this.lengthOf(handle);
    const size = handle & 15;
    const number = handle >>> 4;
    if (size !== large) {
      this.#cells[size]!.give(number);
      return;
    }
    this.#large[number] = undefined;
    this.#freeLarge.push(number);
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
