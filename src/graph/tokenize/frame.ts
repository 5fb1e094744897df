import type { TextDigest } from "./digest.js";
import type { Parts } from "./form.js";

/** A container being written. */
export interface Frame {
  readonly value: object;
  readonly form: Parts;
  /** The number of parts taken up. */
  at: number;
  texts: string[];
  length: number;
  digest: TextDigest | undefined;
  endless: boolean;
}

export function frameOf(value: object, form: Parts): Frame {
  return { value, form, at: 0, texts: [], length: 0, digest: undefined, endless: false };
}
