/** Clusters inside the test's process, for tests on real threads. */

import { Client } from "../../src/client/cluster/client.js";
import { LocalCluster } from "../../src/client/cluster/local-cluster.js";
import type { LocalClusterOptions } from "../../src/client/cluster/local-options.js";

export interface Local {
  cluster: LocalCluster;
  client: Client;
}

/** One cluster for the tests of a `describe`, started before the first and closed after the last. */
export function localCluster(options: LocalClusterOptions = { workers: 2 }): Local {
  const local = {} as Local;
  before(async () => {
    local.cluster = await LocalCluster.start(options);
    local.client = await Client.connect(local.cluster);
  });
  after(async () => {
    await local.cluster.close();
  });
  return local;
}

/** What a promise rejects with. */
export async function rejection(promise: PromiseLike<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error("it was expected to reject, and did not");
}
