import type { CellReader } from "./cell-reader.js";
import type { Slot } from "./slots.js";

/** Gives the slot of a part; `step` says for errors how one gets from the object to it. */
export type WriteSlot = (part: unknown, step: string) => Slot;

export interface Kind<T extends object = never> {
  readonly name: string;
  readonly write: (value: T, slot: WriteSlot) => readonly unknown[];
  /** Makes the object without its parts, which may not exist yet. */
  readonly make: (cell: CellReader) => object;
  /** Puts the parts in, when every object has been made. */
  readonly fill?: (value: T, cell: CellReader) => void;
}
