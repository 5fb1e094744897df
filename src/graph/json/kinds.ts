/** The kinds of objects a cell can hold, each with how it is written, made anew, and filled. */

import { isPlainObject } from "../references.js";
import { Quoted } from "../ref.js";
import { binaryKinds } from "./binary-kinds.js";
import type { CellReader } from "./cell-reader.js";
import type { Kind, WriteSlot } from "./kind.js";
import type { Slot } from "./slots.js";

type AnyKind = Kind<object>;

const kind = <T extends object>(definition: Kind<T>): AnyKind => definition as unknown as AnyKind;

const array = kind<unknown[]>({
  name: "array",
  write: (value, slot) => [value.map((part, at) => slot(part, `[${at}]`))],
  make: () => [],
  fill: (value, cell) => {
    for (const part of cell.values(1)) value.push(part);
  },
});

/** An array with holes, or with properties besides its elements. */
const sparse = kind<unknown[]>({
  name: "sparse",
  write: (value, slot) => [value.length, writeFields(value, slot)],
  make: (cell) => {
    const length = cell.number(1);
    if (!Number.isInteger(length) || length < 0 || length >= 2 ** 32)
      throw cell.fail(1, "it is no array's length");
    return new Array<unknown>(length);
  },
  fill: (value, cell) => fillFields(value, cell, 2),
});

const plain = kind<object>({
  name: "object",
  write: (value, slot) => [writeFields(value, slot)],
  make: () => ({}),
  fill: (value, cell) => fillFields(value, cell, 1),
});

/** An object without a prototype. */
const bare = kind<object>({ ...plain, name: "bare", make: () => Object.create(null) as object });

const boxed = [Number, String, Boolean, BigInt, Symbol].map(
  ({ prototype }) =>
    [
      prototype,
      kind<object>({
        name: "boxed",
        write: (value, slot) => [slot(value.valueOf(), ".valueOf()")],
        make: (cell) => Object(cell.value(1)) as object,
      }),
    ] as const,
);

const errorTypes = [
  Error,
  TypeError,
  RangeError,
  SyntaxError,
  ReferenceError,
  EvalError,
  URIError,
  AggregateError,
];

const errors = errorTypes.map(
  ({ name, prototype }) =>
    [
      prototype,
      kind<Error>({
        name: "error",
        write: (error, slot) => [name, writeFields(error, slot, ["message", "stack", "cause", "errors"])],
        make: (cell) => {
          const type = errorTypes.find((known) => known.name === cell.string(1));
          if (type === undefined) throw cell.fail(1, "there is no such type of error");
          // All it is made with is replaced.
          return type === AggregateError ? new AggregateError([]) : new (type as ErrorConstructor)();
        },
        fill: (error, cell) => fillFields(error, cell, 2),
      }),
    ] as const,
);

const byPrototype = new Map<object, AnyKind>([
  [
    Map.prototype,
    kind<Map<unknown, unknown>>({
      name: "map",
      write: (map, slot) => [
        [...map].map(([key], at) => slot(key, `.keys()[${at}]`)),
        [...map].map(([, value], at) => slot(value, `.values()[${at}]`)),
      ],
      make: () => new Map(),
      fill: (map, cell) => {
        const values = cell.values(2);
        cell.values(1).forEach((key, at) => map.set(key, values[at]));
      },
    }),
  ],
  [
    Set.prototype,
    kind<Set<unknown>>({
      name: "set",
      write: (set, slot) => [[...set].map((part, at) => slot(part, `.values()[${at}]`))],
      make: () => new Set(),
      fill: (set, cell) => {
        for (const part of cell.values(1)) set.add(part);
      },
    }),
  ],
  [
    Date.prototype,
    kind<Date>({
      name: "date",
      write: (date, slot) => [slot(date.getTime(), ".getTime()")],
      make: (cell) => new Date(Number(cell.value(1))),
    }),
  ],
  [
    RegExp.prototype,
    kind<RegExp>({
      name: "regexp",
      write: ({ source, flags, lastIndex }) => [source, flags, lastIndex],
      make: (cell) => {
        try {
          return Object.assign(new RegExp(cell.string(1), cell.string(2)), { lastIndex: cell.number(3) });
        } catch (error) {
          throw error instanceof SyntaxError ? cell.fail(1, error.message) : error;
        }
      },
    }),
  ],
  [
    URL.prototype,
    kind<URL>({
      name: "url",
      write: ({ href }) => [href],
      make: (cell) => {
        if (!URL.canParse(cell.string(1))) throw cell.fail(1, "it is no URL");
        return new URL(cell.string(1));
      },
    }),
  ],
  [
    Quoted.prototype,
    kind<{ value: unknown; finished: boolean }>({
      name: "quoted",
      write: ({ value, finished }, slot) => [slot(value, ""), ...(finished ? [true] : [])],
      make: () => new Quoted(undefined),
      fill: (quoted, cell) => {
        quoted.value = cell.value(1);
        quoted.finished = cell.flag(2);
      },
    }),
  ],
  ...boxed,
  ...errors,
  ...binaryKinds,
]);

const byName: ReadonlyMap<string, AnyKind> = new Map(
  [array, sparse, plain, bare, ...byPrototype.values()].map((known) => [known.name, known]),
);

/** The kind that `value` is written as; undefined when it has no JSON form. */
export function kindOf(value: object): AnyKind | undefined {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === Array.prototype) return isDense(value as unknown[]) ? array : sparse;
  if (isPlainObject(value)) return prototype === null ? bare : plain;
  return prototype === null ? undefined : byPrototype.get(prototype);
}

export function kindNamed(name: string): AnyKind | undefined {
  return byName.get(name);
}

function isDense(value: readonly unknown[]): boolean {
  const names = Object.keys(value);
  return names.length === value.length && (names.length === 0 || names.at(-1) === `${names.length - 1}`);
}

/** Own enumerable properties, and of the `hidden` ones those that it has. */
function writeFields(value: object, slot: WriteSlot, hidden: readonly string[] = []): Record<string, Slot> {
  const names = new Set([...Object.keys(value), ...hidden.filter((name) => Object.hasOwn(value, name))]);
  const record = value as Readonly<Record<string, unknown>>;
  // Not by assignment: a name may be `__proto__`.
  return Object.fromEntries(
    [...names].map((name) => [name, slot(record[name], `[${JSON.stringify(name)}]`)]),
  );
}

function fillFields(value: object, cell: CellReader, at: number): void {
  const isHidden = value instanceof Error;
  for (const [name, part] of cell.fields(at)) {
    const enumerable = !(isHidden && ["message", "stack", "cause", "errors"].includes(name));
    Object.defineProperty(value, name, { value: part, enumerable, configurable: true, writable: true });
  }
}
