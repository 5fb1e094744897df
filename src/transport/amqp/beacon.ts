/**
 * The messages of presence. A beacon: 1 byte kind, 8 bytes number of the announcement, u16 length of the id, the id,
 * then what it says of itself. An echo carries a number only, a question nothing.
 */

export type Signal =
  | { readonly kind: "here" | "bye"; readonly number: bigint; readonly id: string; readonly info: Uint8Array }
  | { readonly kind: "echo"; readonly number: bigint };

const kinds = { here: 1, bye: 2, echo: 3 } as const;

export function encodeSignal(signal: Signal): Uint8Array {
  if (signal.kind === "echo") {
    const bytes = new Uint8Array(9);
    bytes[0] = kinds.echo;
    new DataView(bytes.buffer).setBigUint64(1, signal.number, true);
    return bytes;
  }
  const id = new TextEncoder().encode(signal.id);
  const bytes = new Uint8Array(11 + id.length + signal.info.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = kinds[signal.kind];
  view.setBigUint64(1, signal.number, true);
  view.setUint16(9, id.length, true);
  bytes.set(id, 11);
  bytes.set(signal.info, 11 + id.length);
  return bytes;
}

/** Undefined for bytes that are no signal: the bus is open to others. */
export function decodeSignal(bytes: Uint8Array): Signal | undefined {
  if (bytes.length < 9) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const number = view.getBigUint64(1, true);
  if (bytes[0] === kinds.echo) return { kind: "echo", number };
  if ((bytes[0] !== kinds.here && bytes[0] !== kinds.bye) || bytes.length < 11) return undefined;
  const end = 11 + view.getUint16(9, true);
  if (end > bytes.length) return undefined;
  const id = new TextDecoder().decode(bytes.subarray(11, end));
  return { kind: bytes[0] === kinds.here ? "here" : "bye", number, id, info: bytes.slice(end) };
}
