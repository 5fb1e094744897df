/** A scheduler in this process. */

import { ActorShell } from "../../actors/runtime/actor-shell.js";
import { SchedulerCore } from "../../actors/scheduler/scheduler.core.js";
import type { SchedulerInstruction, SchedulerStimulus } from "../../actors/scheduler/stimuli.js";
import type { PeerId } from "../../protocol/addresses.js";
import type { Neighbourhood } from "./neighbourhood.js";
import { reportFailure } from "./report-failure.js";

export interface RunningActor {
  readonly id: PeerId;
  stop(reason: string): Promise<void>;
}

export async function startSchedulerActor(neighbourhood: Neighbourhood): Promise<RunningActor> {
  const place = await neighbourhood.place("scheduler", "local");
  const shell = await ActorShell.start<SchedulerStimulus, SchedulerInstruction>({
    ...place,
    core: new SchedulerCore({ seed: (Math.random() * 2 ** 32) >>> 0 }),
    perform: () => undefined,
    onFailed: (error) => reportFailure("scheduler", error),
  });
  return { id: place.id, stop: (reason) => shell.stop(reason) };
}
