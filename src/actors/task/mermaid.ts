/** Draws a statechart as Mermaid text: what `skein machines` prints and docs/machines.md shows. */

import type { AnyStateMachine } from "xstate";

/** A `stateDiagram-v2` of the machine's states and events. */
export function machineToMermaid(machine: AnyStateMachine): string {
  const nodes = Object.values(machine.root.states);
  const initial = machine.root.initial.target[0]?.key ?? "";
  const lines = ["stateDiagram-v2", "  direction LR", `  [*] --> ${initial}`];
  for (const node of nodes) {
    const targets = new Map<string, string[]>();
    for (const [event, transitions] of node.transitions) {
      for (const transition of transitions) {
        const target = transition.target?.[0]?.key ?? node.key;
        const events = targets.get(target);
        if (events === undefined) targets.set(target, [event]);
        else if (!events.includes(event)) events.push(event);
      }
    }
    for (const [target, events] of targets) lines.push(`  ${node.key} --> ${target}: ${events.join(", ")}`);
    if (node.type === "final") lines.push(`  ${node.key} --> [*]`);
  }
  return lines.join("\n");
}

/** What each state means, in the machine's own words. */
export function stateDescriptions(
  machine: AnyStateMachine,
): readonly (readonly [state: string, meaning: string])[] {
  return Object.values(machine.root.states).map((node) => [node.key, node.description ?? ""]);
}

/** What events mean where the machine says so: from, event, to, meaning. */
export function transitionDescriptions(
  machine: AnyStateMachine,
): readonly (readonly [string, string, string, string])[] {
  return Object.values(machine.root.states).flatMap((node) =>
    [...node.transitions].flatMap(([event, transitions]) =>
      transitions
        .filter(({ description }) => description !== undefined)
        .map(
          ({ target, description }) =>
            [node.key, event, target?.[0]?.key ?? node.key, description as string] as const,
        ),
    ),
  );
}
