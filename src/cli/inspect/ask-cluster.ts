/** Asks a cluster on a bus something, from a command that ends with the answer. */

import { Client } from "../../client/cluster/client.js";
import { NoSchedulerError } from "../../errors.js";
import { defaultConnectTimeoutMs, shownUrl } from "../../transport/connect-options.js";
import { busOptions, busPlace, type BusFlags } from "../node/bus-flags.js";

/**
 * Connects, asks, and leaves.
 *
 * @throws WrongUsage, BusUnreachableError, BusRefusedError
 * @throws NoSchedulerError when there is none, or the one there is does not answer in time.
 */
export async function askCluster<T>(flags: BusFlags, ask: (client: Client) => Promise<T>): Promise<T> {
  const { connection, space } = busPlace(flags);
  const client = await Client.connect(busOptions(flags));
  const waitMs = connection.connectTimeoutMs ?? defaultConnectTimeoutMs;
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    const error = new NoSchedulerError(space.cluster, shownUrl(connection.url), waitMs);
    timer = setTimeout(() => reject(error), waitMs);
  });
  const answer = ask(client);
  // When time was up first, closing the client rejects what is still asked; nobody waits for that.
  answer.catch(() => undefined);
  try {
    return await Promise.race([answer, silence]);
  } finally {
    clearTimeout(timer);
    await client.close();
  }
}
