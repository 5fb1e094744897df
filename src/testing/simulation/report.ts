/** What a failed simulation prints: how to see it again, what is broken, the story of the key, the last events. */

import { storyLines } from "./story-lines.js";
import type { Simulation } from "./simulation.js";
import { faultNames } from "./faults.js";
import { InvariantBroken } from "./ledger.js";
import type { TraceLine } from "./trace.js";

const lastLines = 60;

export function reportOf({ cluster, phase }: Simulation, error: unknown): string {
  const { world, scheduler } = cluster;
  const key = error instanceof InvariantBroken ? error.key : undefined;
  const what =
    error instanceof InvariantBroken
      ? error.message
      : error instanceof Error
        ? (error.stack ?? error.message)
        : String(error);
  const lines = [
    `seed ${world.seed} failed at ${world.clock.now().toFixed(1)} ms (${phase}), step ${world.trace.steps}`,
    `  replay: skein sim --seed ${world.seed} --verbose`,
    `  ${what.replaceAll("\n", "\n  ")}`,
    `  faults: ${faultNames(world.faults).join(", ") || "none"}; links ${world.resend ? "resend" : "do not resend"}`,
  ];
  if (key !== undefined && scheduler !== undefined) {
    lines.push(`  ${scheduler.core.explain(key)}`, `  story of ${key} at ${scheduler.id}:`);
    lines.push(...storyLines(scheduler.core.story(key)).map((line) => `    ${line}`));
  }
  lines.push(
    `  the last ${lastLines} events:`,
    ...world.trace.last(lastLines).map((line) => `    ${textOf(line)}`),
  );
  return lines.join("\n");
}

function textOf({ atMs, who, what, detail }: TraceLine): string {
  return `${atMs.toFixed(2).padStart(10)}  ${who}  ${what}  ${detail === undefined ? "" : brief(detail)}`;
}

/** The stimulus in one line; long columns are cut. */
function brief(detail: unknown): string {
  const text = JSON.stringify(detail, (name, value: unknown) => {
    if (name === "source" || name === "stack" || name === "inline" || name === "args") return undefined;
    if (ArrayBuffer.isView(value)) return [...(value as Uint8Array).subarray(0, 12)];
    if (Array.isArray(value)) return value.slice(0, 12) as unknown[];
    return value;
  });
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}
