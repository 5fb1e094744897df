/** What is said about presence: here I am, I am leaving. One byte, the length of the id, the id, a mark, then what it says of itself. */

export interface Beacon {
  readonly kind: "here" | "bye";
  readonly id: string;
  /** Tells one announcement of an id from another; 8 characters. */
  readonly mark: string;
  readonly info: Uint8Array;
}

const codes = { here: 1, bye: 2 } as const;
const markBytes = 8;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function encodeBeacon({ kind, id, mark, info }: Beacon): Uint8Array {
  const name = encoder.encode(id);
  const bytes = new Uint8Array(3 + name.length + markBytes + info.length);
  bytes[0] = codes[kind];
  new DataView(bytes.buffer).setUint16(1, name.length, true);
  bytes.set(name, 3);
  bytes.set(encoder.encode(mark).subarray(0, markBytes), 3 + name.length);
  bytes.set(info, 3 + name.length + markBytes);
  return bytes;
}

/** Undefined for bytes that are no beacon: the bus is open to others. */
export function decodeBeacon(bytes: Uint8Array): Beacon | undefined {
  const kind = bytes[0] === codes.here ? "here" : bytes[0] === codes.bye ? "bye" : undefined;
  if (kind === undefined || bytes.length < 3 + markBytes) return undefined;
  const infoAt = 3 + (bytes[1] ?? 0) + 256 * (bytes[2] ?? 0) + markBytes;
  if (infoAt > bytes.length) return undefined;
  return {
    kind,
    id: decoder.decode(bytes.subarray(3, infoAt - markBytes)),
    mark: decoder.decode(bytes.subarray(infoAt - markBytes, infoAt)),
    info: bytes.slice(infoAt),
  };
}
