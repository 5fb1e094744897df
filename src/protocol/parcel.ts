/**
 * What a transport carries: the bytes of one message, and beside them the large binary parts of that message, which
 * a transport within one process hands on as they are. Whoever sends a parcel does not write to it again.
 */

export interface Parcel {
  readonly head: Uint8Array;
  /** Views on ArrayBuffers or SharedArrayBuffers; the head says which column each one is. */
  readonly buffers: readonly Uint8Array[];
}

/** Bytes in head and buffers together. */
export function parcelBytes(parcel: Parcel): number {
  let sum = parcel.head.byteLength;
  for (const buffer of parcel.buffers) sum += buffer.byteLength;
  return sum;
}
