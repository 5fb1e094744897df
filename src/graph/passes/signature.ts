/**
 * Texts that are equal only when two pure tasks are the same call of the same function.
 *
 * Functions, wherever they stand, count by identity: two closures with the same source may hold different values.
 * References count by the number of what they refer to. Data is written out so that no text can come from two
 * different calls: each kind begins with its own letter, strings and names with their length. Objects of classes
 * are made tokens of, and so are texts that grow long.
 */

import { isStructure } from "../references.js";
import { Quoted, Ref } from "../ref.js";
import type { Task, TaskOptions } from "../task.js";
import { tokenize } from "../tokenize/tokenize.js";
import { sameSettings } from "./settings.js";

const longestText = 256;
const noSettings: TaskOptions = {};

/** An array or plain object being written, and how far. */
interface Frame {
  readonly values: Readonly<Record<string, unknown>>;
  readonly names: readonly string[];
  readonly named: boolean;
  readonly end: string;
  /** Whether references inside are plain data. */
  readonly quoted: boolean;
  at: number;
}

export class Signatures {
  readonly #numberOf: (key: string) => number;
  readonly #ids = new Map<unknown, number>();
  /** Of objects whose text is long, or is a token: made once for each. */
  readonly #known = new Map<object, string>();
  readonly #options = new Map<TaskOptions, string>();

  /** @param numberOf gives equal numbers for keys that stand for equal results. */
  constructor(numberOf: (key: string) => number) {
    this.#numberOf = numberOf;
  }

  /** @throws TokenizeError when an argument has no stable form. */
  ofTask(task: Task): string {
    let text = `${this.#id(task.fn)}(`;
    for (const value of task.args) text += `${this.#ofValue(value)},`;
    text += this.#ofOptions(task.options);
    if (task.controls.length > 0) {
      const controls = [...new Set(task.controls.map(this.#numberOf))];
      text += `after ${controls.sort((a, b) => a - b).join()}`;
    }
    return shortened(text);
  }

  /** Of data that stands in the graph: small data by value, objects by identity, so that nothing is searched. */
  ofData(node: unknown): string {
    const value = node instanceof Quoted ? node.value : node;
    return shortened(`data ${this.#ofSimple(value) ?? `o${this.#id(value)}`}`);
  }

  #id(thing: unknown): number {
    let id = this.#ids.get(thing);
    if (id === undefined) this.#ids.set(thing, (id = this.#ids.size));
    return id;
  }

  #ofOptions(options: TaskOptions): string {
    // Most pure tasks say nothing else, and each has an object of its own to say it.
    if (options.inline === undefined && sameSettings(options, noSettings)) return "";
    let text = this.#options.get(options);
    if (text === undefined) {
      const { resources, ...rest } = options;
      const amounts = Object.entries(resources ?? {}).sort(byName);
      text = JSON.stringify([Object.entries(rest).sort(byName), amounts]);
      this.#options.set(options, text);
    }
    return text;
  }

  #ofValue(value: unknown): string {
    if (value instanceof Ref) return `r${this.#numberOf(value.key)}`;
    const simple = this.#ofSimple(value instanceof Quoted ? value.value : value);
    if (simple !== undefined) return simple;
    const known = this.#known.get(value as object);
    if (known !== undefined) return known;
    const text = shortened(this.#ofStructure(value as object));
    if (text.startsWith("t")) this.#known.set(value as object, text);
    return text;
  }

  /** Undefined for objects. */
  #ofSimple(value: unknown): string | undefined {
    switch (typeof value) {
      case "number":
        return Object.is(value, -0) ? "n-0" : `n${value}`;
      case "string":
        return `s${value.length}:${value}`;
      case "boolean":
        return value ? "true" : "false";
      case "bigint":
        return `i${value}`;
      case "undefined":
        return "undefined";
      case "function":
      case "symbol":
        return `f${this.#id(value)}`;
      default:
        return value === null ? "null" : undefined;
    }
  }

  /** Iterative; what has been written already is referred to by its number, which ends circles too. */
  #ofStructure(root: object): string {
    let text = "";
    const numbers = new Map<object, number>();
    const frames: Frame[] = [];
    const write = (value: unknown, inQuotes: boolean): void => {
      const quoted = inQuotes || value instanceof Quoted;
      const content = !inQuotes && value instanceof Quoted ? value.value : value;
      if (!quoted && content instanceof Ref) text += `r${this.#numberOf(content.key)},`;
      else text += `${quoted ? "q" : ""}${this.#ofSimple(content) ?? open(content as object, quoted)},`;
    };
    const open = (value: object, quoted: boolean): string => {
      if (!isWritten(value)) return `t${tokenize(value)}`;
      const number = numbers.get(value);
      if (number !== undefined) return `#${number}`;
      numbers.set(value, numbers.size);
      const frame = frameOf(value, quoted);
      frames.push(frame);
      return Array.isArray(value) ? `${frame.named ? "a" : "["}${value.length}:` : "{";
    };
    write(root, false);
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      const name = frame.names[frame.at++];
      if (name === undefined) {
        text += frame.end;
        frames.pop();
        continue;
      }
      if (frame.named) text += `${name.length}:${name}=`;
      write(frame.values[name], frame.quoted);
    }
    return text;
  }
}

/** Whether all there is to an object are the elements and properties that will be written. */
function isWritten(value: object): value is unknown[] | Record<string, unknown> {
  return (
    isStructure(value) &&
    (!Array.isArray(value) || Object.getPrototypeOf(value) === Array.prototype) &&
    Object.getOwnPropertySymbols(value).length === 0
  );
}

function frameOf(value: unknown[] | Record<string, unknown>, quoted: boolean): Frame {
  const names = Object.keys(value);
  const values = value as Readonly<Record<string, unknown>>;
  if (!Array.isArray(value)) return { values, names: names.sort(), named: true, end: "}", quoted, at: 0 };
  // Indices come first among an array's names: when there are as many as it is long, it has no holes and no others.
  const dense =
    names.length === value.length && (names.length === 0 || names.at(-1) === `${value.length - 1}`);
  return { values, names, named: !dense, end: "]", quoted, at: 0 };
}

function shortened(text: string): string {
  return text.length <= longestText ? text : `t${tokenize(text)}`;
}

function byName(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : 1;
}
