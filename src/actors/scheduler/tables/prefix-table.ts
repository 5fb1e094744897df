/**
 * What tasks of one kind take: moving means of their time and of their results' size, by the name prefix of their
 * keys. The number of prefixes told apart is bounded; when all are in use, new ones share number 0.
 */

import { grown } from "./grow.js";

/** How far the mean may drift from the estimate that costs were made of before they are made again. */
const drift = 2;
const leastMs = 0.001;
/** The part of a key that is looked at for its prefix. */
const longest = 64;

export class PrefixTable {
  readonly #limit: number;
  readonly #unknownMs: number;
  readonly #numberOf = new Map<string, number>();
  readonly #names: string[] = ["(other)"];
  /** Numbers that may be given to another name, each once; some may have come into use again. */
  readonly #unused: number[] = [];
  #isListed = new Uint8Array(64);
  #uses = new Int32Array(64);
  /** Mean time in milliseconds; 0 while unknown. */
  mean = new Float64Array(64);
  /** The time that tasks are now thought to take. */
  estimate: Float64Array;
  meanBytes = new Float64Array(64);
  #lastName = "\0";
  #last = 0;

  constructor(limit: number, unknownMs: number) {
    this.#limit = Math.min(limit, 65_535);
    this.#unknownMs = unknownMs;
    this.estimate = new Float64Array(64).fill(unknownMs);
  }

  /** The number of the prefix of `key`. */
  of(key: string): number {
    const length = prefixLength(key);
    if (length === this.#lastName.length && key.startsWith(this.#lastName)) return this.#last;
    const name = key.slice(0, length);
    const number = this.#numberOf.get(name) ?? this.#add(name);
    this.#lastName = name;
    this.#last = number;
    return number;
  }

  name(number: number): string {
    return this.#names[number]!;
  }

  use(number: number): void {
    this.#uses[number]!++;
  }

  drop(number: number): void {
    // What is known of a prefix is kept until its number is needed for another.
    if (--this.#uses[number]! > 0 || number === 0 || this.#isListed[number] === 1) return;
    this.#isListed[number] = 1;
    this.#unused.push(number);
  }

  /** Takes note of one result. True when the estimate no longer fits what was seen. */
  observe(number: number, tookMs: number, nbytes: number): boolean {
    const took = tookMs > leastMs ? tookMs : leastMs;
    const before = this.mean[number]!;
    const mean = before === 0 ? took : (before + took) / 2;
    this.mean[number] = mean;
    this.meanBytes[number] = before === 0 ? nbytes : (this.meanBytes[number]! + nbytes) / 2;
    const estimate = this.estimate[number]!;
    return before === 0 || mean > estimate * drift || mean * drift < estimate;
  }

  #add(name: string): number {
    const number = this.#number();
    if (number === 0) return 0;
    this.#names[number] = name;
    this.#numberOf.set(name, number);
    this.mean[number] = 0;
    this.meanBytes[number] = 0;
    this.estimate[number] = this.#unknownMs;
    return number;
  }

  #number(): number {
    if (this.#names.length < this.#limit) {
      const number = this.#names.push("") - 1;
      if (number === this.mean.length) {
        this.mean = grown(this.mean, number * 2);
        this.meanBytes = grown(this.meanBytes, number * 2);
        this.estimate = grown(this.estimate, number * 2);
        this.#uses = grown(this.#uses, number * 2);
        this.#isListed = grown(this.#isListed, number * 2);
      }
      return number;
    }
    for (let number = this.#unused.pop(); number !== undefined; number = this.#unused.pop()) {
      this.#isListed[number] = 0;
      if (this.#uses[number] !== 0) continue;
      this.#numberOf.delete(this.#names[number]!);
      if (this.#last === number) this.#lastName = "\0";
      return number;
    }
    return 0;
  }
}

/** The name of what made the key: up to the first digit, bracket or comma, without the separators before it. */
function prefixLength(key: string): number {
  const end = Math.min(key.length, longest);
  let length = 0;
  while (length < end && !endsPrefix(key.charCodeAt(length))) length++;
  while (length > 1 && isSeparator(key.charCodeAt(length - 1))) length--;
  return length;
}

function endsPrefix(code: number): boolean {
  // 0 to 9 ( [ , # :
  return (code >= 48 && code <= 58) || code === 40 || code === 91 || code === 44 || code === 35;
}

function isSeparator(code: number): boolean {
  // - _ . /
  return code === 45 || code === 95 || code === 46 || code === 47;
}
