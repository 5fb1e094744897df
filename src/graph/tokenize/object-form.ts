/** The stable form of objects, one kind after the other. Looks one level deep: parts are left to the caller. */

import { describe } from "../../errors.js";
import type { AnyFunction } from "../functions.js";
import { Fused } from "../passes/fused.js";
import { Quoted, Ref } from "../ref.js";
import { Task } from "../task.js";
import { digestOf } from "./digest.js";
import { recordForm, stringForm, symbolForm, Unstable, type Form } from "./form.js";
import { functionForm } from "./function-form.js";

/** The method by which a class instance gives what its token is made of: anything that can be tokenized. */
const tokenHook = Symbol.for("skein.token");

export function objectForm(value: object): Form {
  if (typeof value === "function") {
    return tokenHook in value ? hookForm(value) : functionForm(value as AnyFunction);
  }
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === Array.prototype) return arrayForm(value as unknown[]);
  if (prototype === Object.prototype || prototype === null) {
    return tokenHook in value ? hookForm(value) : plainForm(value, "{", []);
  }
  const known = kinds.get(prototype);
  if (known !== undefined) return known(value as never);
  return tokenHook in value ? hookForm(value) : noForm(value);
}

// Each kind apart: the same bytes mean other numbers.
const binaryViews: readonly { readonly name: string; readonly prototype: ArrayBufferView }[] = [
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
  Buffer,
];

/** By prototype, so that subclasses, which may hold more than their base class shows, are never mistaken for it. */
const kinds: ReadonlyMap<object, (value: never) => Form> = new Map<object, (value: never) => Form>([
  [
    Map.prototype,
    (map: Map<unknown, unknown>) => ({ head: `M${map.size}:`, parts: [...map].flat(), steps: "map" }),
  ],
  [Set.prototype, (set: Set<unknown>) => ({ head: `E${set.size}:`, parts: [...set], steps: "set" })],
  [Date.prototype, (date: Date) => `d${date.getTime()};`],
  [
    RegExp.prototype,
    ({ source, flags, lastIndex }: RegExp) => `r${stringForm(source)}${flags}:${lastIndex};`,
  ],
  [URL.prototype, (url: URL) => `l${stringForm(url.href)}`],
  [URLSearchParams.prototype, (search: URLSearchParams) => `L${stringForm(search.toString())}`],
  ...[Number, String, Boolean, BigInt, Symbol].map(
    ({ prototype }) =>
      [prototype, (boxed: object) => plainForm(boxed, "B", [["valueOf()", boxed.valueOf()]])] as const,
  ),
  ...[Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError, AggregateError].map(
    ({ name, prototype }) => [prototype, (error: Error) => errorForm(error, name)] as const,
  ),
  ...binaryViews.map(
    ({ name, prototype }) => [prototype, (view: ArrayBufferView) => bytesForm(name, view)] as const,
  ),
  ...[ArrayBuffer, SharedArrayBuffer].map(
    ({ name, prototype }) =>
      [prototype, (buffer: ArrayBuffer) => bytesForm(name, new Uint8Array(buffer))] as const,
  ),
  [Ref.prototype, ({ key }: Ref) => `R${stringForm(key)}`],
  [Quoted.prototype, ({ value }: Quoted) => recordForm("Q", ["value"], [value])],
  [Task.prototype, ({ fn, args, controls, options }: Task) => taskForm({ fn, args, controls, options })],
  [Fused.prototype, ({ parts, controls, options }: Fused) => taskForm({ parts, controls, options })],
]);

function taskForm(fields: Readonly<Record<string, unknown>>): Form {
  return recordForm("t", Object.keys(fields), Object.values(fields));
}

function arrayForm(array: readonly unknown[]): Form {
  const names = Object.keys(array);
  const isDense =
    names.length === array.length && (names.length === 0 || names.at(-1) === `${names.length - 1}`);
  if (isDense && Object.getOwnPropertySymbols(array).length === 0) {
    return { head: `[${array.length}:`, parts: array, steps: "list" };
  }
  // With holes or with properties besides its elements: the names say which elements there are.
  return plainForm(array, `<${array.length};`, []);
}

/** A record of the given fields and of the object's own enumerable properties, in the order of their names. */
function plainForm(value: object, tag: string, fields: readonly (readonly [string, unknown])[]): Form {
  // `Math` and its like look like empty objects.
  if (Object.hasOwn(value, Symbol.toStringTag)) return noForm(value);
  const record = value as Readonly<Record<string | symbol, unknown>>;
  const names = Object.keys(value).sort();
  const values = names.map((name) => record[name]);
  const symbols = Object.getOwnPropertySymbols(value).filter((symbol) =>
    Object.prototype.propertyIsEnumerable.call(value, symbol),
  );
  if (symbols.length === 0 && fields.length === 0) return recordForm(tag, names, values);
  const more: string[] = [];
  for (const symbol of symbols) {
    const form = symbolForm(symbol);
    if (form instanceof Unstable)
      return new Unstable(`it has a property under ${String(symbol)}`, form.remedy);
    more.push(Symbol.keyFor(symbol) as string);
  }
  more.sort();
  values.push(...more.map((key) => record[Symbol.for(key)]), ...fields.map(([, field]) => field));
  const counts = `${tag}${names.length},${more.length},`;
  const steps = [...names, ...more.map((key) => `[Symbol.for(${key})]`), ...fields.map(([name]) => name)];
  return recordForm(counts, [...names, ...more, ...fields.map(([name]) => name)], values, steps);
}

/** Everything but the stack, which tells where and not what. */
function errorForm(error: Error, kind: string): Form {
  const fields: [string, unknown][] = [
    ["name", error.name],
    ["message", error.message],
  ];
  for (const name of ["cause", "errors"] as const) {
    if (Object.hasOwn(error, name))
      fields.push([name, (error as { cause?: unknown; errors?: unknown })[name]]);
  }
  return plainForm(error, `x${stringForm(kind)}`, fields);
}

const shortBytes = 48;

function bytesForm(kind: string, view: ArrayBufferView): Form {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const content = bytes.length <= shortBytes ? String.fromCharCode(...bytes) : `#${digestOf(bytes)}`;
  return `b${stringForm(kind)}${bytes.length}:${content}`;
}

function hookForm(value: object): Form {
  const hook = (value as { readonly [tokenHook]?: unknown })[tokenHook];
  if (typeof hook !== "function") return noForm(value);
  const step = '[Symbol.for("skein.token")]()';
  return recordForm(
    `c${stringForm(className(value))}`,
    [step],
    [Reflect.apply(hook as AnyFunction, value, [])],
  );
}

function className(value: object): string {
  const name = (value as { constructor?: { name?: unknown } }).constructor?.name;
  return typeof name === "string" ? name : "";
}

function noForm(value: object): Unstable {
  if ("then" in value && typeof value.then === "function") {
    return new Unstable("it is a promise, whose result is not known yet", "Await it first.");
  }
  if (value instanceof WeakMap || value instanceof WeakSet || value instanceof WeakRef) {
    return new Unstable(
      `it is a ${className(value)}, whose content cannot be listed`,
      "Use a Map, Set or array.",
    );
  }
  if (Symbol.iterator in value && "next" in value) {
    return new Unstable(
      "it is an iterator, which can be read only once",
      "Spread it into an array: [...values].",
    );
  }
  return new Unstable(
    `it is ${describe(value)}, whose state may be private`,
    'Pass plain data instead, or give its class a method [Symbol.for("skein.token")]() that returns what it stands for.',
  );
}
