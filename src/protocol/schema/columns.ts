/**
 * Bounds checks for columns, one pass each and nothing allocated: a thousand tasks cost microseconds. Each check says
 * what is wrong, or nothing.
 */

export type Problem = string | undefined;

/** A message as it came: nothing about its fields is known yet. */
export type Unchecked = Readonly<Record<string, unknown>>;

type Kind = new (length: number) => ArrayBufferView & { readonly length: number };

/** The field as a column of this kind and length; a length of -1 stands for any. */
function column(body: Unchecked, name: string, kind: Kind, length: number): Problem {
  const value = body[name];
  if (!(value instanceof kind)) return `${name} is no ${kind.name}`;
  return length < 0 || value.length === length
    ? undefined
    : `${name} has ${value.length} elements, not ${length}`;
}

export function bytes(body: Unchecked, name: string, length = -1): Problem {
  return column(body, name, Uint8Array, length);
}

export function indexes(body: Unchecked, name: string, length: number): Problem {
  return column(body, name, Uint32Array, length);
}

export function ranks(body: Unchecked, name: string, length: number): Problem {
  return column(body, name, Int32Array, length);
}

/** Run numbers, sizes: whole numbers from 0 on that a double holds exactly. */
export function counts(body: Unchecked, name: string, length = -1): Problem {
  const problem = column(body, name, Float64Array, length);
  if (problem !== undefined) return problem;
  const values = body[name] as Float64Array;
  for (let i = 0; i < values.length; i += 1) {
    if (!isCount(values[i])) return `${name}[${i}] is no whole number from 0 on`;
  }
  return undefined;
}

/** Numbers that can be compared: any but NaN. */
export function ordered(body: Unchecked, name: string, length: number): Problem {
  const problem = column(body, name, Float64Array, length);
  if (problem !== undefined) return problem;
  const values = body[name] as Float64Array;
  for (let i = 0; i < values.length; i += 1) {
    if (Number.isNaN(values[i])) return `${name}[${i}] is no number`;
  }
  return undefined;
}

/** Milliseconds: from 0 on. */
export function durations(body: Unchecked, name: string, length: number): Problem {
  const problem = column(body, name, Float32Array, length);
  if (problem !== undefined) return problem;
  const values = body[name] as Float32Array;
  for (let i = 0; i < values.length; i += 1) {
    if (!((values[i] ?? -1) >= 0)) return `${name}[${i}] is no duration`;
  }
  return undefined;
}

/** Every element of an index column stays below `limit`. */
export function below(body: Unchecked, name: string, limit: number): Problem {
  const values = body[name] as Uint32Array | Uint8Array;
  for (let i = 0; i < values.length; i += 1) {
    if ((values[i] ?? 0) >= limit) return `${name}[${i}] is ${values[i]}, past ${limit}`;
  }
  return undefined;
}

/** `rows + 1` ascending offsets from 0 to `total`: row i is what stands from start i up to start i + 1. */
export function starts(body: Unchecked, name: string, rows: number, total: number): Problem {
  const problem = column(body, name, Uint32Array, rows + 1);
  if (problem !== undefined) return problem;
  const values = body[name] as Uint32Array;
  if (values[0] !== 0) return `${name} does not begin at 0`;
  for (let i = 0; i < rows; i += 1) {
    if ((values[i + 1] ?? 0) < (values[i] ?? 0)) return `${name} descends after ${i}`;
  }
  return values[rows] === total ? undefined : `${name} ends at ${values[rows]}, not at ${total}`;
}

/** Rows of bytes: `starts` over a byte column. */
export function byteRows(body: Unchecked, startName: string, bytesName: string, rows: number): Problem {
  return bytes(body, bytesName) ?? starts(body, startName, rows, (body[bytesName] as Uint8Array).length);
}

export function strings(body: Unchecked, name: string, length = -1): Problem {
  const value = body[name];
  if (!isStrings(value)) return `${name} is no list of strings`;
  return length < 0 || value.length === length
    ? undefined
    : `${name} has ${value.length} elements, not ${length}`;
}

/** A list of rows, each checked by `row`. */
export function list(body: Unchecked, name: string, row: (each: unknown) => boolean): Problem {
  const value = body[name];
  if (!Array.isArray(value)) return `${name} is no list`;
  for (let i = 0; i < value.length; i += 1) {
    if (!row(value[i])) return `${name}[${i}] is malformed`;
  }
  return undefined;
}

export function isStrings(value: unknown): value is readonly string[] {
  if (!Array.isArray(value)) return false;
  for (let i = 0; i < value.length; i += 1) if (typeof value[i] !== "string") return false;
  return true;
}

export function isCount(value: unknown): value is number {
  return (
    typeof value === "number" && value >= 0 && value <= Number.MAX_SAFE_INTEGER && Math.floor(value) === value
  );
}

/** `[run, size, holders]` */
export function isRemote(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length === 3 &&
    isCount(value[0]) &&
    isCount(value[1]) &&
    isStrings(value[2])
  );
}

/** `[index below limit, something that passes]` */
export function isIndexed(value: unknown, limit: number, passes: (each: unknown) => boolean): boolean {
  return (
    Array.isArray(value) && value.length === 2 && isCount(value[0]) && value[0] < limit && passes(value[1])
  );
}

export function isObject(value: unknown): value is Unchecked {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}
