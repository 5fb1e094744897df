/** Buffers and views of them. A view is written with the bytes it shows, never with the buffer around it. */

import { fromBase64, toBase64 } from "./base64.js";
import type { CellReader } from "./cell-reader.js";
import type { Kind } from "./kind.js";

type Binary = ArrayBufferView | ArrayBuffer | SharedArrayBuffer;

interface BinaryType {
  readonly name: string;
  readonly prototype: object;
  readonly of: (bytes: Uint8Array<ArrayBuffer>) => object;
}

const views = [
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
] as const;

const types: readonly BinaryType[] = [
  ...views.map((View: new (buffer: ArrayBuffer) => ArrayBufferView) => ({
    name: View.name,
    prototype: View.prototype as object,
    of: (bytes: Uint8Array<ArrayBuffer>) => new View(bytes.buffer),
  })),
  { name: "Buffer", prototype: Buffer.prototype as object, of: (bytes) => Buffer.from(bytes.buffer) },
  { name: "ArrayBuffer", prototype: ArrayBuffer.prototype, of: (bytes) => bytes.buffer },
  {
    name: "SharedArrayBuffer",
    prototype: SharedArrayBuffer.prototype,
    of: (bytes) => {
      const buffer = new SharedArrayBuffer(bytes.length);
      new Uint8Array(buffer).set(bytes);
      return buffer;
    },
  },
];

export const binaryKinds: readonly (readonly [prototype: object, kind: Kind<object>])[] = types.map(
  (type) => [
    type.prototype,
    { name: "bytes", write: (value) => [type.name, toBase64(bytesOf(value as Binary))], make: makeBinary },
  ],
);

function bytesOf(value: Binary): Uint8Array {
  return ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : new Uint8Array(value);
}

function makeBinary(cell: CellReader): object {
  const type = types.find(({ name }) => name === cell.string(1));
  if (type === undefined) throw cell.fail(1, "there is no such type of binary data");
  const bytes = fromBase64(cell.string(2));
  if (bytes === undefined) throw cell.fail(2, "it is not base64");
  try {
    return type.of(bytes);
  } catch (error) {
    // A length that is no multiple of the element's.
    throw error instanceof RangeError ? cell.fail(2, error.message) : error;
  }
}
