/** Fused tasks made of groups. Works on numbers, so that a chain of a million links costs no look-up by key. */

import type { Task } from "../task.js";
import { none, type Groups } from "./fuse-groups.js";
import { Fused, fusedOf } from "./fused.js";
import { joinedParts } from "./joined-parts.js";
import type { Part } from "./part-program.js";
import { fusedOptions } from "./settings.js";
import { FUSED, type Subject } from "./subject.js";

export class FuseBodies {
  readonly #subject: Subject;
  readonly #groups: Groups;
  /** By entry: the group, named by its last task, that it was last seen in or beside. */
  readonly #seenBy: Int32Array;

  constructor(subject: Subject, groups: Groups) {
    this.#subject = subject;
    this.#groups = groups;
    this.#seenBy = new Int32Array(subject.index.size).fill(none);
  }

  /** Whether a group ends in task `i`. */
  isRoot(i: number): boolean {
    const { into } = this.#groups;
    if (into[i] !== none) return false;
    const { dep, depStart } = this.#subject.index;
    for (let e = depStart[i]!; e < depStart[i + 1]!; e++) if (into[dep[e]!] === i) return true;
    return false;
  }

  /** The tasks that go into `root`, dependencies first, and `root`. */
  membersOf(root: number): number[] {
    const { into, head } = this.#groups;
    const { dep, depStart } = this.#subject.index;
    const members: number[] = [];
    const stack = [root];
    // In reverse: each task is met before those that go into it, its head after all others of them.
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      members.push(at);
      const first = head[at]!;
      if (first !== none) stack.push(first);
      for (let e = depStart[at]!; e < depStart[at + 1]!; e++) {
        const needs = dep[e]!;
        if (into[needs] === at && needs !== first) stack.push(needs);
      }
    }
    return members.reverse();
  }

  /** Undefined when fused tasks among the members cannot be joined with the others. */
  fusedFrom(members: readonly number[]): Fused | undefined {
    const { keys, nodes } = this.#subject.index;
    const own = members.map((id): Part => ({ key: keys[id]!, task: nodes[id] as Task }));
    if ((this.#subject.traits & FUSED) === 0) {
      return new Fused(own, ...this.#outsideOf(members), fusedOptions(own));
    }
    const parts = joinedParts(own);
    return parts === undefined ? undefined : fusedOf(parts, { options: fusedOptions(parts) });
  }

  /** The keys of what the members need from outside, each once: as data, and by control edges alone. */
  #outsideOf(members: readonly number[]): [refs: string[], controls: string[]] {
    const { keys, dep, depStart, dataEnd } = this.#subject.index;
    const seenBy = this.#seenBy;
    const group = members.at(-1)!;
    for (const member of members) seenBy[member] = group;
    const outside = (from: (i: number) => number, to: (i: number) => number): string[] => {
      const found: string[] = [];
      for (const member of members) {
        for (let e = from(member); e < to(member); e++) {
          const needs = dep[e]!;
          if (seenBy[needs] === group) continue;
          seenBy[needs] = group;
          found.push(keys[needs]!);
        }
      }
      return found;
    };
    const refs = outside(
      (i) => depStart[i]!,
      (i) => dataEnd[i]!,
    );
    const controls = outside(
      (i) => dataEnd[i]!,
      (i) => depStart[i + 1]!,
    );
    return [refs, controls];
  }
}
