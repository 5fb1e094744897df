/** The scheduler of a cluster on a bus, in this process. */

import { hostname } from "node:os";
import { connectBus } from "../../client/bus/connect-bus.js";
import { startClientActor } from "../../client/cluster/start-client.js";
import { startSchedulerNode } from "../../client/node/scheduler-node.js";
import { BusNeighbourhood } from "../../client/place/bus-neighbourhood.js";
import { shownUrl } from "../../transport/connect-options.js";
import { logBus } from "./log-bus.js";
import { logEvents } from "./log-events.js";
import { logRefusals } from "./log-refusals.js";
import { makeLog } from "./log.js";
import type { SchedulerPlan } from "./plan.js";
import type { Serving, ServingEvents } from "./serving.js";

/** @throws BusUnreachableError, BusRefusedError, ClusterLedError */
export async function serveScheduler(
  { place, logLevel }: SchedulerPlan,
  { onEnded }: ServingEvents,
): Promise<Serving> {
  const { connection, space } = place;
  const log = makeLog(`scheduler ${space.cluster}`, logLevel);
  const transport = await connectBus(
    {
      name: `skein scheduler of ${space.cluster}`,
      ...connection,
      onTrouble: (error) => log.warn({ err: error }, "the bus has troubles"),
    },
    space,
    "scheduler",
  );
  try {
    log.info({ bus: shownUrl(connection.url), cluster: space.cluster }, "connected");
    logBus(log, transport);
    const bus = await BusNeighbourhood.join(transport, space, undefined, logRefusals(log));
    const node = await startSchedulerNode({
      ...{ transport, space, bus, onEnded },
      holder: `${hostname()}:${process.pid}`,
      onNote: (note) => log.info(note),
      onFailed: (error) => log.error({ err: error }, "the scheduler has failed, and begins anew"),
    });
    const watcher = await startClientActor(bus);
    void logEvents(log, watcher);
    const stop = async (reason: string): Promise<void> => {
      log.info({ reason }, "stops");
      await watcher.close();
      await node.stop(reason);
      await bus.close();
      await transport.close();
    };
    return { drain: stop, stop };
  } catch (error) {
    await transport.close();
    throw error;
  }
}
