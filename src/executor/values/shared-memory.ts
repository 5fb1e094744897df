/**
 * Memory for large values, which all threads of the process see.
 *
 * It is made such that it could grow, though it never does: V8 takes such memory from the system itself, and gives it
 * back as soon as nobody refers to it. All other memory it has from the C library, which keeps what is free for later:
 * values of several megabytes that come and go then cost twice what they take.
 */

/** Below this the pages and mappings would cost more than they save: a system has some 65,000 mappings for a process. */
const fromBytes = 1024 * 1024;

/** The types that the compiler is set to are older than this option; every Node that Skein runs on has it. */
const Growable = SharedArrayBuffer as unknown as new (
  byteLength: number,
  options: { readonly maxByteLength: number },
) => SharedArrayBuffer;

export function sharedMemory(byteLength: number): SharedArrayBuffer {
  if (byteLength < fromBytes) return new SharedArrayBuffer(byteLength);
  return new Growable(byteLength, { maxByteLength: byteLength });
}

/** A view that has its length, which engines read as fast as one of memory that cannot grow. */
export function sharedBytes(byteLength: number): Uint8Array {
  return new Uint8Array(sharedMemory(byteLength), 0, byteLength);
}
