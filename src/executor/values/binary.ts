/** The kinds of binary data, by number, as they are laid out beside a value. */

export type Binary = ArrayBufferView | ArrayBuffer | SharedArrayBuffer;

type ViewConstructor = new (buffer: ArrayBufferLike, offset: number, length: number) => ArrayBufferView;

const kinds: readonly { readonly make: ViewConstructor; readonly width: number }[] = [
  { make: Uint8Array, width: 1 },
  { make: Int8Array, width: 1 },
  { make: Uint8ClampedArray, width: 1 },
  { make: Uint16Array, width: 2 },
  { make: Int16Array, width: 2 },
  { make: Uint32Array, width: 4 },
  { make: Int32Array, width: 4 },
  { make: Float32Array, width: 4 },
  { make: Float64Array, width: 8 },
  { make: BigUint64Array, width: 8 },
  { make: BigInt64Array, width: 8 },
  { make: DataView, width: 1 },
];

const arrayBuffer = kinds.length;

/** The number of a kind of binary data; undefined for anything else. A Buffer is a Uint8Array. */
export function kindOfBinary(value: object): number | undefined {
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) return arrayBuffer;
  if (!ArrayBuffer.isView(value)) return undefined;
  const kind = kinds.findIndex(({ make }) => value instanceof make);
  return kind < 0 ? undefined : kind;
}

export function binaryBytes(value: Binary): Uint8Array {
  return ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : new Uint8Array(value);
}

/** Binary data of a kind, over the bytes that are there. An ArrayBuffer cannot be a part of another: it is copied. */
export function binaryView(
  kind: number,
  buffer: ArrayBufferLike,
  offset: number,
  byteLength: number,
): Binary {
  if (kind === arrayBuffer) {
    const copy = new Uint8Array(byteLength);
    copy.set(new Uint8Array(buffer, offset, byteLength));
    return copy.buffer;
  }
  const { make, width } = kinds[kind] ?? { make: Uint8Array, width: 1 };
  return new make(buffer, offset, byteLength / width);
}
