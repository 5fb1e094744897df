/** Runs processes under supervision until they have left or are told to end. */

import type { Log } from "./log.js";
import type { Plan } from "./plan.js";
import { ProcessSupervisor } from "./process-supervisor.js";
import { untilTold } from "./until-told.js";

/**
 * Starts a process for each plan, one after the other; drains and ends them in the opposite order. Resolves when all
 * have left.
 *
 * @throws what a process refuses to start for, or is given up for, once the others have ended.
 */
export async function runProcesses(plans: readonly Plan[], log: Log): Promise<void> {
  const supervisors: ProcessSupervisor[] = [];
  const left: Promise<void>[] = [];
  let failure: unknown;
  const stopAll = async (reason: string): Promise<void> => {
    for (const each of [...supervisors].reverse()) await each.stop(reason);
  };
  const giveUp = (error: unknown): void => {
    failure ??= error;
    void stopAll("another process could not go on");
  };
  let isDraining = false;
  const forget = untilTold({
    drain: (signal) => {
      isDraining = true;
      log.info({ signal }, "drains; a second signal stops at once");
      void drainInOrder(supervisors, left, signal);
    },
    stop: (signal) => {
      log.warn({ signal }, "stops at once");
      void stopAll(signal);
    },
  });
  try {
    for (const plan of plans) {
      if (isDraining || failure !== undefined) break;
      left.push(
        new Promise((resolve) => {
          const onGivenUp = (error: unknown): void => {
            giveUp(error);
            resolve();
          };
          supervisors.push(new ProcessSupervisor(plan, log, { onLeft: resolve, onGivenUp }));
        }),
      );
      await supervisors.at(-1)?.start();
    }
    await Promise.all(left);
  } catch (error) {
    await stopAll("another process could not start");
    throw error;
  } finally {
    forget();
  }
  if (failure !== undefined) throw failure as Error;
}

/** The scheduler is started first and leaves last: the workers need it to hand over what they have. */
async function drainInOrder(
  supervisors: readonly ProcessSupervisor[],
  left: readonly Promise<void>[],
  reason: string,
): Promise<void> {
  const [first, ...others] = supervisors;
  for (const each of others) each.drain(reason);
  await Promise.all(left.slice(1));
  first?.drain(reason);
}
