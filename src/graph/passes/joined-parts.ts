/** Taking fused tasks apart where they become parts of another. */

import { Fused } from "./fused.js";
import type { Part } from "./part-program.js";

/**
 * `parts` with the parts of fused tasks in their place. A part inside that several of them repeat comes once.
 *
 * Keys name what is inside a fused task only there. When one of them would mean something else among the others
 * there is no joining, and the answer is undefined.
 */
export function joinedParts(parts: readonly Part[]): readonly Part[] | undefined {
  if (!parts.some(({ task }) => task instanceof Fused)) return parts;
  const members = new Set(parts.map(({ key }) => key));
  const joined = new Map<string, Part>();
  for (const part of parts) {
    const inside = part.task instanceof Fused ? part.task.parts : [part];
    if (inside.at(-1)?.key !== part.key) return undefined;
    for (const inner of inside) {
      const known = joined.get(inner.key);
      if (known === undefined) joined.set(inner.key, inner);
      else if (known.task !== inner.task) return undefined;
    }
  }
  const means = (key: string): boolean => members.has(key) || !joined.has(key);
  const clear = parts.every(({ task }) => task.refs.every(means) && task.controls.every(means));
  return clear ? [...joined.values()] : undefined;
}
