/** Copies of typed arrays with more room. The new part is zero, or filled with `empty`. */

type Column = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float32Array | Float64Array;

export function grown<C extends Column>(column: C, capacity: number, empty = 0): C {
  const larger = new (column.constructor as new (length: number) => C)(capacity);
  larger.set(column);
  if (empty !== 0) larger.fill(empty, column.length);
  return larger;
}
