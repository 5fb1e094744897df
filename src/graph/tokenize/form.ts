/**
 * The vocabulary of stable forms. Every value is written as a text that begins with a tag no other kind of value
 * has and that says where it ends, so that texts can be put one after the other and two different values never
 * give the same text.
 */

/** What a container is made of: a text that says what it is, and parts still to be written. */
export interface Parts {
  /** Kind, number of parts, and all that is not a part: a record's names, for example. */
  readonly head: string;
  readonly parts: readonly unknown[];
  /** How a reader of an error message gets from the container to a part. */
  readonly steps: Steps;
}

/** `set` and `map` parts (a map's: key, value, key, value, …) are written in the order of their texts. */
export type Steps = "arguments" | "list" | "set" | "map" | readonly string[];

/** A value that has no stable form. */
export class Unstable {
  readonly what: string;
  readonly remedy: string;

  constructor(what: string, remedy: string) {
    this.what = what;
    this.remedy = remedy;
  }
}

/** A whole text, a container, or the reason why there is neither. */
export type Form = string | Parts | Unstable;

const loneSurrogate = /[\ud800-\udfff]/u;

/** UTF-8 has no room for lone surrogates and would make one of all: texts that hold some are spelled out. */
export function stringForm(text: string): string {
  return loneSurrogate.test(text) ? `S${JSON.stringify(text)};` : `s${text.length}:${text}`;
}

/** The form of anything that is neither object nor function. */
export function primitiveForm(value: unknown): string | Unstable {
  switch (typeof value) {
    case "string":
      return stringForm(value);
    case "number":
      return Object.is(value, -0) ? "n-0;" : `n${value};`;
    case "bigint":
      return `i${value};`;
    case "boolean":
      return value ? "T" : "F";
    case "undefined":
      return "U";
    case "symbol":
      return symbolForm(value);
    default:
      return "N";
  }
}

export function symbolForm(symbol: symbol): string | Unstable {
  const key = Symbol.keyFor(symbol);
  return key === undefined
    ? new Unstable(
        `it is ${String(symbol)}, which exists in this process only`,
        "Use Symbol.for(…) or a string.",
      )
    : `y${stringForm(key)}`;
}

/** A record: the names belong to the head, the values are the parts. */
export function recordForm(
  tag: string,
  names: readonly string[],
  values: readonly unknown[],
  steps: Steps = names,
): Parts {
  let head = `${tag}${names.length}:`;
  for (const name of names) head += stringForm(name);
  return { head, parts: values, steps };
}
