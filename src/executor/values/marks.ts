/** What stands in the MessagePack part of a value for things that are elsewhere. */

import type { WireFunction } from "../../protocol/messages.js";

/** Stands for a buffer beside the MessagePack part. */
export class SetAside {
  readonly index: number;

  constructor(index: number) {
    this.index = index;
  }
}

/** Stands for a function. */
export class FunctionMark {
  readonly wire: WireFunction;

  constructor(wire: WireFunction) {
    this.wire = wire;
  }
}

/** A reference that stays one, where others become the values they stand for. */
export class KeptRef {
  readonly key: string;

  constructor(key: string) {
    this.key = key;
  }
}

/** What a key that the cluster holds is to its user. */
export type HeldKind = "future" | "handle" | "lazy" | "bag";

/** Stands for something whose value the cluster holds, under `count` keys of a list, from number `from` on. */
export class HeldMark {
  readonly kind: HeldKind;
  readonly from: number;
  readonly count: number;

  constructor(kind: HeldKind, from: number, count: number) {
    this.kind = kind;
    this.from = from;
    this.count = count;
  }
}

/** Stands for -0, which MessagePack takes for the integer 0. */
export class NegativeZero {
  readonly sign = -1;
}

export const negativeZero = new NegativeZero();
