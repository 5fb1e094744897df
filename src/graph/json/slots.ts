/** The shapes of the JSON form. */

/** What stands where a value is used: the value itself, `[n]` for cell `n` of the heap, or a tagged scalar. */
export type Slot =
  | string
  | number
  | boolean
  | null
  | readonly [cell: number]
  | readonly ["undefined"]
  | readonly ["number", "NaN" | "Infinity" | "-Infinity" | "-0"]
  | readonly ["bigint", string]
  | readonly ["symbol", string]
  | readonly ["ref", string];

/** A cell's kind, and its content as that kind writes it. */
export type Cell = readonly [kind: string, ...content: readonly unknown[]];

export interface TaskJson {
  readonly task: Slot;
  readonly args: readonly Slot[];
  readonly after?: readonly string[];
  readonly options?: Slot;
}

export interface FusedJson {
  readonly fused: readonly (readonly [key: string, part: NodeJson])[];
  readonly after?: readonly string[];
  readonly options?: Slot;
}

/** What stands under a key: a task, several run as one, or data and aliases. */
export type NodeJson = TaskJson | FusedJson | Slot;
