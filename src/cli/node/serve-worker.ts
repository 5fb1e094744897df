/** A worker of a cluster on a bus, in this process: this thread talks to the bus, others run tasks. */

import { rmSync } from "node:fs";
import { connectBus } from "../../client/bus/connect-bus.js";
import { WorkerNode } from "../../client/node/worker-node.js";
import type { WorkerSettings } from "../../client/node/worker-settings.js";
import { DirectPosts } from "../../client/place/direct-posts.js";
import { BusNeighbourhood } from "../../client/place/bus-neighbourhood.js";
import { uniqueId } from "../../collections/unique.js";
import { spillDirectory } from "../../executor/values/spill-directory.js";
import { shownUrl } from "../../transport/connect-options.js";
import { logBus } from "./log-bus.js";
import { logRefusals } from "./log-refusals.js";
import { makeLog } from "./log.js";
import { guardMemory } from "./memory-guard.js";
import type { WorkerPlan } from "./plan.js";
import type { Serving, ServingEvents } from "./serving.js";

/** @throws BusUnreachableError, BusRefusedError */
export async function serveWorker(
  plan: WorkerPlan,
  replaces: WorkerSettings["replaces"],
  { onRunning, onEnding, onEnded }: ServingEvents,
): Promise<Serving> {
  const { place, settings, logLevel } = plan;
  const { connection, space } = place;
  const log = makeLog(`worker ${settings.name}`, logLevel);
  const transport = await connectBus(
    {
      name: `skein worker ${settings.name} of ${space.cluster}`,
      ...connection,
      onTrouble: (error) => log.warn({ err: error }, "the bus has troubles"),
    },
    space,
    "worker",
  );
  const spill = spillDirectory(uniqueId(), plan.spillDirectory);
  const clearUp = (): void => rmSync(spill, { recursive: true, force: true });
  process.once("exit", clearUp);
  const disconnect = async (): Promise<void> => {
    await transport.close();
    process.off("exit", clearUp);
    clearUp();
  };
  try {
    log.info({ bus: shownUrl(connection.url), cluster: space.cluster }, "connected");
    logBus(log, transport);
    const data = plan.data === undefined ? undefined : await DirectPosts.open(transport, space, plan.data);
    if (data !== undefined) log.info({ port: data.port }, "hands out values by TCP, too");
    const bus = await BusNeighbourhood.join(transport, space, data, logRefusals(log));
    const node = new WorkerNode(
      bus,
      { ...settings, spillDirectory: spill, ...(replaces === undefined ? {} : { replaces }) },
      {
        onRunning: (peer) => {
          log.info({ peer, threads: settings.threads, tasks: settings.functions.modules }, "runs");
          onRunning?.(peer);
        },
        onNote: (note) => log.info(note),
        onTaskLog: (key, level, message, fields) => log[level]({ key, fields }, message),
        onFailed: (error) => log.error({ err: error }, "the worker has failed, and begins anew"),
        onEnded,
      },
    );
    const unguard = guardMemory(settings.memoryLimitBytes, (bytes) => {
      log.error({ bytes, limit: settings.memoryLimitBytes }, "too much memory is in use: the process ends");
      onEnding?.("out of memory");
    });
    const unfollow = bus.follow((scheduler) => log.info({ scheduler }, "has a scheduler"));
    await node.start();
    const stop = async (reason: string): Promise<void> => {
      log.info({ reason }, "stops");
      unfollow();
      unguard();
      await node.stop(reason);
      await bus.close();
      await data?.close();
      await disconnect();
    };
    return {
      async drain(reason) {
        log.info({ reason }, "drains: takes nothing new, finishes what runs, hands over what others need");
        await node.drain(reason);
        await stop(reason);
      },
      stop,
    };
  } catch (error) {
    await disconnect();
    throw error;
  }
}
