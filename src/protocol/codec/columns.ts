/**
 * Columns: typed arrays and long lists of strings, taken out of a message before it is packed and laid down beside
 * it, aligned, so that reading one is making a view. Only the message's own fields, and those of plain objects right
 * below it, are looked at; anything deeper is packed where it stands.
 *
 * A column read back is a view on the received bytes: it is copied only where the bytes arrived misaligned, and it
 * keeps the whole message alive for as long as it is kept.
 */

import { outOfBandBytes } from "../limits.js";
import { aligned } from "./header.js";
import { isForbiddenKey } from "./scan.js";

export type NumberColumn =
  Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array;

const kinds = [
  Uint8Array,
  Int8Array,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Float64Array,
] as const;
const stringsKind = kinds.length;
/** Added to a kind whose bytes travel beside the message. */
const outOfBand = 16;
/** Shorter lists of strings are packed in place. */
const leastStrings = 16;

/** `[path, kind, bytes, bytes of text]`: for strings, the bytes are those of the lengths. */
export type ColumnEntry = [path: string, kind: number, nbytes: number, textBytes: number];

export interface Lifted {
  /** The message without its columns. */
  readonly body: Record<string, unknown>;
  readonly entries: readonly ColumnEntry[];
  /** The bytes of each column that is laid down in the head, in order; each begins aligned. */
  readonly parts: readonly Uint8Array[];
  readonly buffers: readonly Uint8Array[];
  /** What `parts` take with their padding. */
  readonly partsBytes: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Takes the columns out of a message; the message itself is left as it is. */
export function liftColumns(message: object): Lifted {
  const lift = new Lift();
  const body = lift.fields(message as Record<string, unknown>, "");
  return { body, entries: lift.entries, parts: lift.parts, buffers: lift.buffers, partsBytes: lift.bytes };
}

class Lift {
  readonly entries: ColumnEntry[] = [];
  readonly parts: Uint8Array[] = [];
  readonly buffers: Uint8Array[] = [];
  bytes = 0;

  fields(object: Record<string, unknown>, prefix: string): Record<string, unknown> {
    const rest: Record<string, unknown> = {};
    for (const name in object) {
      const value = object[name];
      if (typeof value !== "object" || value === null) {
        if (value !== undefined) rest[name] = value;
      } else if (
        ArrayBuffer.isView(value) ? this.numbers(value, prefix + name) : this.strings(value, prefix + name)
      ) {
        continue;
      } else {
        const nested = prefix === "" && Object.getPrototypeOf(value) === Object.prototype;
        rest[name] = nested ? this.fields(value as Record<string, unknown>, `${name}.`) : value;
      }
    }
    return rest;
  }

  private numbers(value: ArrayBufferView, path: string): boolean {
    const kind = kindOf(value);
    if (kind < 0) return false;
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    if (bytes.length >= outOfBandBytes) {
      this.buffers.push(bytes);
      this.entries.push([path, kind + outOfBand, bytes.length, 0]);
    } else {
      this.part(bytes);
      this.entries.push([path, kind, bytes.length, 0]);
    }
    return true;
  }

  private strings(value: object, path: string): boolean {
    if (!Array.isArray(value) || value.length < leastStrings) return false;
    const list = value as readonly unknown[];
    const lengths = new Uint32Array(list.length);
    let text = "";
    for (let i = 0; i < list.length; i += 1) {
      const each = list[i];
      if (typeof each !== "string") return false;
      text += each;
      lengths[i] = each.length;
    }
    const encoded = encoder.encode(text);
    this.part(new Uint8Array(lengths.buffer));
    this.part(encoded);
    this.entries.push([path, stringsKind, lengths.byteLength, encoded.length]);
    return true;
  }

  private part(bytes: Uint8Array): void {
    this.parts.push(bytes);
    this.bytes = aligned(this.bytes) + bytes.length;
  }
}

function kindOf(value: ArrayBufferView): number {
  const kind = (kinds as readonly unknown[]).indexOf(value.constructor);
  // Node's Buffer counts as bytes.
  return kind < 0 && value instanceof Uint8Array ? 0 : kind;
}

/** Writes the columns of `lifted` into `head` from the aligned offset `at` on. */
export function writeColumns(head: Uint8Array, at: number, lifted: Lifted): void {
  let offset = at;
  for (const part of lifted.parts) {
    offset = aligned(offset);
    head.set(part, offset);
    offset += part.length;
  }
}

/** Puts the columns that follow offset `at` back into `body`; says what is wrong where the entries do not fit. */
export function restoreColumns(
  body: Record<string, unknown>,
  entries: unknown,
  head: Uint8Array,
  at: number,
  buffers: readonly Uint8Array[],
): string | undefined {
  if (!Array.isArray(entries)) return "its columns are not a list";
  let offset = at;
  let buffer = 0;
  for (const entry of entries as readonly unknown[]) {
    if (!isEntry(entry)) return "a column is malformed";
    const [path, kind, nbytes, textBytes] = entry;
    const slot = slotOf(body, path);
    if (slot === undefined)
      return `a column belongs to ${JSON.stringify(path.slice(0, 40))}, which is not there`;
    if (kind >= outOfBand) {
      const bytes = buffers[buffer];
      buffer += 1;
      if (bytes === undefined || bytes.byteLength !== nbytes) return "a buffer is missing or of another size";
      const column = columnOf(kind - outOfBand, bytes, 0, nbytes);
      if (column === undefined) return "a column is of an unknown kind or odd size";
      slot.object[slot.name] = column;
      continue;
    }
    offset = aligned(offset);
    if (offset + nbytes > head.length) return "a column is cut off";
    const column = columnOf(kind === stringsKind ? 4 : kind, head, offset, nbytes);
    if (column === undefined) return "a column is of an unknown kind or odd size";
    offset += nbytes;
    if (kind !== stringsKind) {
      slot.object[slot.name] = column;
      continue;
    }
    offset = aligned(offset);
    if (offset + textBytes > head.length) return "a column is cut off";
    const strings = cut(decoder.decode(head.subarray(offset, offset + textBytes)), column as Uint32Array);
    if (strings === undefined) return "a list of strings does not fit its text";
    slot.object[slot.name] = strings;
    offset += textBytes;
  }
  if (buffer !== buffers.length) return "it has buffers that belong to no column";
  return offset === head.length ? undefined : "something follows its columns";
}

function isEntry(entry: unknown): entry is ColumnEntry {
  if (!Array.isArray(entry) || entry.length !== 4 || typeof entry[0] !== "string") return false;
  return [1, 2, 3].every((i) => {
    const value: unknown = entry[i];
    return typeof value === "number" && Number.isInteger(value) && value >= 0;
  });
}

function slotOf(
  body: Record<string, unknown>,
  path: string,
): { object: Record<string, unknown>; name: string } | undefined {
  const dot = path.indexOf(".");
  const name = path.slice(dot + 1);
  if (isForbiddenKey(name)) return undefined;
  if (dot < 0) return { object: body, name };
  const outer = path.slice(0, dot);
  const object = Object.hasOwn(body, outer) ? body[outer] : undefined;
  if (typeof object !== "object" || object === null || ArrayBuffer.isView(object) || Array.isArray(object)) {
    return undefined;
  }
  return { object: object as Record<string, unknown>, name };
}

function columnOf(kind: number, bytes: Uint8Array, offset: number, nbytes: number): NumberColumn | undefined {
  const Kind = kinds[kind];
  if (Kind === undefined || nbytes % Kind.BYTES_PER_ELEMENT !== 0) return undefined;
  const length = nbytes / Kind.BYTES_PER_ELEMENT;
  const start = bytes.byteOffset + offset;
  if (start % Kind.BYTES_PER_ELEMENT === 0) return new Kind(bytes.buffer as ArrayBuffer, start, length);
  const copy = new Uint8Array(nbytes);
  copy.set(bytes.subarray(offset, offset + nbytes));
  return new Kind(copy.buffer, 0, length);
}

function cut(text: string, lengths: Uint32Array): string[] | undefined {
  const strings = new Array<string>(lengths.length);
  let at = 0;
  for (let i = 0; i < lengths.length; i += 1) {
    const end = at + (lengths[i] ?? 0);
    strings[i] = text.substring(at, end);
    at = end;
  }
  return at === text.length ? strings : undefined;
}
