/** A client of a cluster on a bus. */

import { NoSchedulerError } from "../../errors.js";
import { defaultConnectTimeoutMs, shownUrl } from "../../transport/connect-options.js";
import type { Client } from "../cluster/client.js";
import { startClientActor } from "../cluster/start-client.js";
import { DirectPosts } from "../place/direct-posts.js";
import { BusNeighbourhood } from "../place/bus-neighbourhood.js";
import { session } from "../session.js";
import { refuseWhileLoading } from "../thread/loading-module.js";
import { checkBusOptions, refuseOptionOf, type BusOptions, type RefuseOption } from "./bus-options.js";
import { connectBus } from "./connect-bus.js";

/**
 * Connects to a bus, and to the scheduler that leads the cluster there.
 *
 * @throws InvalidArgumentError, BusUnreachableError, BusRefusedError
 * @throws what `refuseOption` does, for an option that cannot be used.
 * @throws NoSchedulerError when none is seen within `connectTimeoutMs`.
 */
export async function connectClient(
  given: string | BusOptions,
  refuseOption: RefuseOption = refuseOptionOf("Client.connect"),
): Promise<Client> {
  refuseWhileLoading("Client.connect", "connects to a cluster");
  const { connection, space, direct } = checkBusOptions(given, refuseOption);
  const transport = await connectBus(
    { name: `skein client of ${space.cluster}`, ...connection },
    space,
    "client",
  );
  try {
    const data = direct ? await DirectPosts.open(transport, space) : undefined;
    const neighbourhood = await BusNeighbourhood.join(transport, space, data);
    const waitMs = connection.connectTimeoutMs ?? defaultConnectTimeoutMs;
    if (!(await isLedWithin(neighbourhood, waitMs)))
      throw new NoSchedulerError(space.cluster, shownUrl(connection.url), waitMs);
    const client = await startClientActor(neighbourhood, async () => {
      await neighbourhood.close();
      await data?.close();
      await transport.close();
      session.guests.delete(client);
    });
    session.guests.add(client);
    return client;
  } catch (error) {
    await transport.close();
    throw error;
  }
}

function isLedWithin(neighbourhood: BusNeighbourhood, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(neighbourhood.leader !== undefined), ms);
    const unfollow = neighbourhood.follow(() => {
      clearTimeout(timer);
      resolve(true);
      setImmediate(() => unfollow());
    });
  });
}
