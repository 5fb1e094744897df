/**
 * The scheduler of a cluster on a bus: wins the lead, runs the scheduler's actor under supervision, and begins a new
 * term when the actor has failed or somebody knows of a newer one.
 */

import { Supervisor, type Supervised } from "../../actors/runtime/supervisor.js";
import { systemClock } from "../../actors/runtime/system-clock.js";
import type { SchedulerConfig } from "../../actors/scheduler/config.js";
import { ClusterLedError } from "../../errors.js";
import type { Namespace } from "../../protocol/addresses.js";
import { defaultTiming } from "../../protocol/timing.js";
import type { Transport } from "../../transport/transport.js";
import type { BusNeighbourhood } from "../place/bus-neighbourhood.js";
import type { Neighbourhood } from "../place/neighbourhood.js";
import { Leadership } from "./leadership.js";
import { startSchedulerActor } from "./start-scheduler.js";

export interface SchedulerNodeOptions {
  readonly transport: Transport;
  readonly space: Namespace;
  /** Where other schedulers are seen. */
  readonly bus: BusNeighbourhood;
  /** Where its own actor lives, when that is not on the bus alone. */
  readonly neighbourhood?: Neighbourhood;
  readonly config?: Partial<SchedulerConfig>;
  readonly holder: string;
  readonly onNote: (note: string) => void;
  /** Its actor has failed; another is made. */
  readonly onFailed: (error: unknown) => void;
  /** It has failed too often, or another leads: nobody will start it again here. */
  readonly onEnded: (error: unknown) => void;
}

/** @throws ClusterLedError when another scheduler leads the cluster. */
export async function startSchedulerNode(options: SchedulerNodeOptions): Promise<Supervised> {
  const { transport, space, bus, neighbourhood = bus, holder, onNote, onEnded } = options;
  const leadership = await Leadership.win({
    ...{ transport, space, neighbourhood: bus, holder, onNote },
    timing: defaultTiming,
  });
  let isOver = false;
  const stop = async (reason: string): Promise<void> => {
    isOver = true;
    try {
      await supervisor.stop(reason);
    } finally {
      await leadership.release();
    }
  };
  const deposed = (own: number, newer: number): void => {
    if (isOver) return;
    // Somebody who is seen leading has taken over; a term that nobody leads in was only heard of.
    const isLed = bus.newest.epoch > own && bus.leader === bus.newest.peer;
    if (!isLed) {
      atLeast = newer + 1;
      supervisor.replace("there was a newer term").catch(onEnded);
      return;
    }
    const error = new ClusterLedError(space.cluster, transport.url, bus.newest.peer);
    const end = (): void => onEnded(error);
    stop("another scheduler leads").then(end, end);
  };
  let atLeast = 1;
  const supervisor = new Supervisor<Supervised>({
    clock: systemClock,
    timing: defaultTiming,
    async make(_, failed) {
      const epoch = await leadership.nextTerm(atLeast);
      onNote(`leads in term ${epoch}`);
      const { config = {} } = options;
      return startSchedulerActor(
        neighbourhood,
        { epoch, config },
        { failed, onDeposed: (newer) => setImmediate(() => deposed(epoch, newer)) },
      );
    },
    onFailed: options.onFailed,
    onEscalated: onEnded,
  });
  await supervisor.start();
  return { stop };
}
