/** A scheduler in this process. */

import { ActorShell } from "../../actors/runtime/actor-shell.js";
import type { Core } from "../../actors/runtime/core.js";
import type { Supervised } from "../../actors/runtime/supervisor.js";
import type { SchedulerConfig } from "../../actors/scheduler/config.js";
import { SchedulerCore } from "../../actors/scheduler/scheduler.core.js";
import type { SchedulerInstruction, SchedulerStimulus } from "../../actors/scheduler/stimuli.js";
import type { Neighbourhood } from "../place/neighbourhood.js";

export interface SchedulerSettings {
  /** Its term. From the second on it takes over, and is told again what there is. */
  readonly epoch: number;
  readonly config: Partial<SchedulerConfig>;
}

export interface SchedulerTroubles {
  /** Its actor has failed. */
  readonly failed: (error: unknown) => void;
  /** Somebody leads in this newer term: it has fallen silent. */
  readonly onDeposed?: (epoch: number) => void;
}

export async function startSchedulerActor(
  neighbourhood: Neighbourhood,
  { epoch, config }: SchedulerSettings,
  { failed, onDeposed }: SchedulerTroubles,
): Promise<Supervised> {
  const place = await neighbourhood.place("scheduler", "scheduler");
  const seed = (Math.random() * 2 ** 32) >>> 0;
  const core = new SchedulerCore({ epoch, seed, recovering: epoch > 1, config });
  const shell = await ActorShell.start<SchedulerStimulus, SchedulerInstruction>({
    ...place,
    core: leading(core, epoch, onDeposed),
    perform: () => undefined,
    onFailed: failed,
  });
  try {
    await neighbourhood.lead(place.id, epoch);
  } catch (error) {
    await shell.stop("it cannot say that it leads");
    throw error;
  }
  return shell;
}

/** The core of a scheduler whose first word is that it leads. */
function leading(
  core: SchedulerCore,
  epoch: number,
  onDeposed: SchedulerTroubles["onDeposed"],
): Core<SchedulerStimulus, SchedulerInstruction> {
  let hasLed = false;
  return {
    handle(stimulus, atMs) {
      core.handle(stimulus, atMs);
      if (stimulus.type === "stale") onDeposed?.(stimulus.epoch);
    },
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
