/** A scheduler in this process. */

import { ActorShell } from "../../actors/runtime/actor-shell.js";
import type { Core } from "../../actors/runtime/core.js";
import type { Supervised } from "../../actors/runtime/supervisor.js";
import type { SchedulerConfig } from "../../actors/scheduler/config.js";
import { SchedulerCore } from "../../actors/scheduler/scheduler.core.js";
import type { SchedulerInstruction, SchedulerStimulus } from "../../actors/scheduler/stimuli.js";
import type { Neighbourhood } from "./neighbourhood.js";

/** @param epoch its term; from the second on it takes over, and is told again what there is. */
export async function startSchedulerActor(
  neighbourhood: Neighbourhood,
  epoch: number,
  config: Partial<SchedulerConfig>,
  failed: (error: unknown) => void,
): Promise<Supervised> {
  const place = await neighbourhood.place("scheduler", "local");
  const seed = (Math.random() * 2 ** 32) >>> 0;
  const shell = await ActorShell.start<SchedulerStimulus, SchedulerInstruction>({
    ...place,
    core: leading(new SchedulerCore({ epoch, seed, recovering: epoch > 1, config }), epoch),
    perform: () => undefined,
    onFailed: failed,
  });
  neighbourhood.lead(place.id);
  return shell;
}

/** The core of a scheduler whose first word is that it leads. */
function leading(core: SchedulerCore, epoch: number): Core<SchedulerStimulus, SchedulerInstruction> {
  let hasLed = false;
  return {
    handle: (stimulus, atMs) => core.handle(stimulus, atMs),
    drain() {
      const instructions = core.drain();
      if (hasLed) return instructions;
      hasLed = true;
      return [{ type: "lead", epoch }, ...instructions];
    },
    nextTimer: () => core.nextTimer(),
    validate: () => core.validate(),
  };
}
