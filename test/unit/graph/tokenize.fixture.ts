/** Values of every kind that has a stable form. Run as a program, it prints their tokens as JSON. */

import { pathToFileURL } from "node:url";
import { quote, ref } from "../../../src/graph/ref.js";
import { task } from "../../../src/graph/task.js";
import { tokenize } from "../../../src/graph/tokenize/tokenize.js";

class Point {
  readonly x: number;
  constructor(x: number) {
    this.x = x;
  }

  [Symbol.for("skein.token")](): unknown {
    return [this.x];
  }
}

class OtherPoint extends Point {}

function ring(length: number): unknown[] {
  const nodes = Array.from({ length }, (_, at) => ({ at: at % 2, next: undefined as unknown }));
  nodes.forEach((node, at) => (node.next = nodes[(at + 1) % length]));
  return nodes;
}

function holding(...elements: readonly [number, unknown][]): unknown[] {
  const out: unknown[] = [];
  for (const [at, element] of elements) out[at] = element;
  return out;
}

function withProperty(value: object, name: PropertyKey, property: unknown): object {
  return Object.assign(value, { [name]: property });
}

type BinaryView = new (buffer: ArrayBuffer) => ArrayBufferView;

const bytes = [1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0];

/** No two of these are equal. */
export const values: Readonly<Record<string, unknown>> = {
  undefined,
  null: null,
  true: true,
  false: false,
  zero: 0,
  "minus zero": -0,
  one: 1,
  "one as a string": "1",
  "one as a bigint": 1n,
  "one boxed": Object(1),
  "a boxed string": Object("1"),
  "a boxed bigint": Object(1n),
  "a boxed boolean": Object(true),
  NaN,
  "NaN as a string": "NaN",
  Infinity,
  "minus infinity": -Infinity,
  "a small number": 5e-324,
  "a tenth": 0.1,
  "nearly a tenth": 0.10000000000000002,
  "an empty string": "",
  "a string with quotes and lines": "\"'\n\u0000\\",
  "an astral character": "😀",
  "half an astral character": "\ud83d",
  "the other half": "\ude00",
  "the replacement character": "\ufffd",
  "composed é": "\u00e9",
  "decomposed é": "e\u0301",
  "a long string": "x".repeat(1000),
  "a longer string": "x".repeat(1001),
  "a string that spells a form": "n1;",
  "a registered symbol": Symbol.for("a"),
  "a boxed registered symbol": Object(Symbol.for("a")),
  "an empty array": [],
  "an empty object": {},
  "an empty map": new Map(),
  "an empty set": new Set(),
  "an array of undefined": [undefined],
  "an array with a hole": holding([1, undefined]),
  "an array with the hole last": withProperty([undefined], "length", 2),
  "an array of two undefined": [undefined, undefined],
  "an array of two holes": new Array(2),
  "an array of 4 billion holes": new Array(2 ** 32 - 1),
  "an array with a far element": holding([100000000, 1]),
  "an array with a property": withProperty([1], "index", 0),
  "a match": "xab".match(/a/),
  "a match elsewhere": "ab".match(/a/),
  "nested left": [[1], 2],
  "nested right": [1, [2]],
  flat: [1, 2],
  "as strings": ["1", "2"],
  joined: ["1,2"],
  "an object of a": { a: 1 },
  "an object of b": { b: 1 },
  "an object of undefined": { a: undefined },
  "an object of numbered names": { 0: 1, 1: 2 },
  "an object with a name that spells two": { "a:1,b": 2 },
  "an object with __proto__": JSON.parse('{"__proto__":{"a":1}}'),
  "an object under a symbol": withProperty({}, Symbol.for("a"), 1),
  "a map of a": new Map([["a", 1]]),
  "a map of pairs turned": new Map([[1, "a"]]),
  "a map with equal keys": new Map([
    [[1], 1],
    [[1], 2],
  ]),
  "a map with equal keys, otherwise": new Map([
    [[1], 1],
    [[1], 1],
  ]),
  "a set": new Set([1, "a"]),
  "a set in an array": [new Set([1, "a"])],
  "a set of pairs": new Set([["a", 1]]),
  "a set of equal arrays": new Set([[1], [1]]),
  "a set of one array": new Set([[1]]),
  "a date": new Date(0),
  "a later date": new Date(1),
  "no date": new Date(NaN),
  "a regular expression": /a/,
  "a regular expression with flags": /a/g,
  "a regular expression that has advanced": withProperty(/a/g, "lastIndex", 1),
  "the text of a regular expression": "/a/",
  "an address": new URL("http://localhost/a?b=1"),
  "an address's query": new URLSearchParams("b=1"),
  "the text of an address": "http://localhost/a?b=1",
  "an error": new Error("a"),
  "an error of another type": new TypeError("a"),
  "an error with a cause": new Error("a", { cause: 1 }),
  "an error with an undefined cause": new Error("a", { cause: undefined }),
  "an error with a code": withProperty(new Error("a"), "code", "E"),
  "several errors": new AggregateError([new Error("a")], "a"),
  "a buffer": new Uint8Array(bytes).buffer,
  "a shared buffer": new SharedArrayBuffer(16),
  "a Node buffer": Buffer.from(bytes),
  ...Object.fromEntries(
    [
      Int8Array,
      Uint8Array,
      Uint8ClampedArray,
      Int16Array,
      Uint16Array,
      Int32Array,
      Uint32Array,
      Float32Array,
      Float64Array,
      BigInt64Array,
      BigUint64Array,
      DataView,
    ].map((Kind: BinaryView) => [Kind.name, new Kind(new Uint8Array(bytes).buffer)]),
  ),
  "part of a buffer": new Uint8Array(new Uint8Array(bytes).buffer, 1, 3),
  "many bytes": new Uint8Array(1000),
  "many other bytes": new Uint8Array(1000).fill(1, 999),
  "its bytes as numbers": bytes,
  "a built-in function": Math.max,
  "another built-in function": Math.min,
  // oxlint-disable-next-line typescript/unbound-method -- the method itself is the value
  "a method of a built-in": String.prototype.trim,
  "a function": (x: number) => x + 1,
  "another function": (x: number) => x + 2,
  "the text of a function": "(x) => x + 1",
  "a class": class {
    a = 1;
  },
  "an instance with a token": new Point(1),
  "another instance with a token": new Point(2),
  "an instance of another class": new OtherPoint(1),
  "a reference": ref("a"),
  "a reference in an array": [ref("a")],
  "a quoted value": quote("a"),
  "a quoted reference": quote(ref("a")),
  "a task": task((x: number) => x, 1),
  "a task of another value": task((x: number) => x, 2),
  "a task after another": task((x: number) => x, 1).after("a"),
  "a task with retries": task((x: number) => x, 1).with({ retries: 1 }),
  "a ring of two": ring(2),
  "a ring of four, every second alike": ring(4),
  "a ring of two, entered at the second": ring(2).reverse(),
  "deep arrays": Array.from({ length: 300 }).reduce<unknown>((inner) => [inner], 1),
  "deeper arrays": Array.from({ length: 301 }).reduce<unknown>((inner) => [inner], 1),
  "many numbers": Array.from({ length: 20000 }, (_, at) => at),
  "many numbers, the last one other": Array.from({ length: 20000 }, (_, at) => (at === 19999 ? 0 : at)),
};

export function tokens(): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, tokenize(value)]));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) console.log(JSON.stringify(tokens()));
