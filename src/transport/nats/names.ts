/**
 * Names of JetStream's streams and buckets, which may not have dots in them: `.` becomes `__` and `_` becomes `_u`, so that
 * no two names become one.
 */
export function storeName(name: string): string {
  return name.replace(/[._]/g, (character) => (character === "." ? "__" : "_u"));
}
