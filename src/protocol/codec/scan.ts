/**
 * Walks MessagePack bytes without making anything of them, and says what is wrong. What passes can be unpacked
 * without surprise: no length beyond the bytes, no nesting past the limit, no record definitions or references, no
 * extension but undefined, Date, bigint and typed arrays, and no map key that reaches into a prototype.
 */

const undefinedType = 0x00;
const bigintType = 0x42;
const typedArrayType = 0x74;
const dateType = 0xff;
/** Codes of msgpackr's typed arrays: the eleven kinds, and ArrayBuffer. */
const typedArrayCodes = 10;
const arrayBufferCode = 16;
const elementSizes = [1, 1, 1, 2, 2, 4, 4, 4, 8, 8, 8];

const forbiddenKeys = ["__proto__", "constructor", "prototype"];
const forbiddenBytes = forbiddenKeys.map((key) => new TextEncoder().encode(key));

/** Whether a property name is refused on the wire. */
export function isForbiddenKey(key: string): boolean {
  return forbiddenKeys.includes(key);
}

/** What is wrong with `bytes[start … end-1]` as one MessagePack value, or undefined when nothing is. */
export function scanMeta(
  bytes: Uint8Array,
  start: number,
  end: number,
  limits: { readonly depth: number; readonly values: number },
): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // What is still to come in each open container; maps count keys and values, so that an even number means a key.
  const left = new Float64Array(limits.depth + 1);
  const isMap = new Uint8Array(limits.depth + 1);
  let depth = 0;
  let values = 0;
  let at = start;
  left[0] = 1;
  while (depth >= 0) {
    const remaining = left[depth] ?? 0;
    if (remaining === 0) {
      depth -= 1;
      continue;
    }
    if (at >= end) return "it ends within a value";
    if ((values += 1) > limits.values) return `it has more than ${limits.values} values`;
    left[depth] = remaining - 1;
    const expectsKey = isMap[depth] === 1 && remaining % 2 === 0;
    const token = bytes[at] ?? 0;
    at += 1;

    let length = -1;
    let children = -1;
    let map = 0;
    if (token < 0x80 || token >= 0xe0) {
      // A small integer; 0x40 to 0x7f would name a record if one were defined, and none can be.
      if (expectsKey) return "a key is not a string";
      continue;
    } else if (token < 0x90) {
      children = (token & 0x0f) * 2;
      map = 1;
    } else if (token < 0xa0) {
      children = token & 0x0f;
    } else if (token < 0xc0) {
      length = token & 0x1f;
    } else {
      const width = operandBytes[token - 0xc0] ?? 0;
      if (at + width > end) return "it ends within a value";
      switch (token) {
        case 0xc1:
          return "it has an unknown token";
        case 0xd9:
          length = view.getUint8(at);
          break;
        case 0xda:
          length = view.getUint16(at);
          break;
        case 0xdb:
          length = view.getUint32(at);
          break;
        case 0xc4:
          at += view.getUint8(at);
          break;
        case 0xc5:
          at += view.getUint16(at);
          break;
        case 0xc6:
          at += view.getUint32(at);
          break;
        case 0xdc:
          children = view.getUint16(at);
          break;
        case 0xdd:
          children = view.getUint32(at);
          break;
        case 0xde:
          children = view.getUint16(at) * 2;
          map = 1;
          break;
        case 0xdf:
          children = view.getUint32(at) * 2;
          map = 1;
          break;
        default: {
          const extension = extensionLength(view, token, at);
          if (extension >= 0) {
            const problem = checkExtension(view, token, at, width, extension, end);
            if (problem !== undefined) return problem;
            at += extension;
          }
        }
      }
      at += width;
      if (at > end) return "it ends within a value";
    }

    if (length >= 0) {
      if (at + length > end) return "it ends within a string";
      if (expectsKey && isForbidden(bytes, at, length)) return "a key reaches into a prototype";
      at += length;
    } else if (expectsKey) {
      return "a key is not a string";
    }
    if (children >= 0) {
      if (children > end - at) return "a container is longer than the message";
      if (depth === limits.depth) return `it is nested deeper than ${limits.depth}`;
      depth += 1;
      left[depth] = children;
      isMap[depth] = map;
    }
  }
  return at === end ? undefined : "something follows the value";
}

/** Bytes between token and payload for the tokens 0xc0 … 0xdf: lengths, extension types, fixed-width numbers. */
const operandBytes = [
  0, 0, 0, 0, 1, 2, 4, 2, 3, 5, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 1, 1, 1, 1, 1, 1, 2, 4, 2, 4, 2, 4,
];

/** The payload's length when the token begins an extension, else -1. */
function extensionLength(view: DataView, token: number, at: number): number {
  if (token === 0xc7) return view.getUint8(at);
  if (token === 0xc8) return view.getUint16(at);
  if (token === 0xc9) return view.getUint32(at);
  return token >= 0xd4 && token <= 0xd8 ? 1 << (token - 0xd4) : -1;
}

function checkExtension(
  view: DataView,
  token: number,
  at: number,
  width: number,
  length: number,
  end: number,
): string | undefined {
  const payload = at + width;
  if (payload + length > end) return "it ends within an extension";
  const type = view.getUint8(payload - 1);
  if (type === undefinedType) return token === 0xd4 ? undefined : "it has a malformed undefined";
  if (type === bigintType) return length > 0 ? undefined : "it has an empty bigint";
  if (type === dateType) {
    return [1, 4, 8, 12].includes(length) ? undefined : "it has a malformed date";
  }
  if (type !== typedArrayType) return `it has an extension of type ${type}`;
  if (length === 0) return "it has a malformed typed array";
  const code = view.getUint8(payload);
  if (code === arrayBufferCode) return undefined;
  if (code > typedArrayCodes) return "it has a typed array of an unknown kind";
  return (length - 1) % (elementSizes[code] ?? 1) === 0 ? undefined : "it has a malformed typed array";
}

function isForbidden(bytes: Uint8Array, at: number, length: number): boolean {
  if (length !== 9 && length !== 11) return false;
  return forbiddenBytes.some(
    (key) => key.length === length && key.every((byte, i) => bytes[at + i] === byte),
  );
}
