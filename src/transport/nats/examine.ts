/**
 * What there is to know of a server's JetStream, and whether one may write there, without anything being written. For
 * `skein doctor`.
 */

import type { JetStream } from "./jetstream.js";
import { apiCodes, isApiError } from "./jetstream.js";
import { storeName } from "./names.js";

export interface JetStreamFindings {
  /** What the account may use; -1 where it has no limit. Undefined without the permission to ask. */
  readonly account: { readonly storageBytes: number; readonly streams: number } | undefined;
  /** Of the streams asked for, those that are there. */
  readonly streams: readonly StreamFindings[];
}

export interface StreamFindings {
  readonly name: string;
  readonly storage: "file" | "memory";
  /** How many servers are to keep it, and how many do at the moment. */
  readonly replicas: number;
  readonly current: number;
}

/** @param journals and @param leases names of them, as the transport's methods take them. */
export async function examineJetStream(
  jet: JetStream,
  journals: readonly string[],
  leases: readonly string[],
): Promise<JetStreamFindings> {
  const names = [...journals.map(storeName), ...leases.map((lease) => `KV_${storeName(lease)}`)];
  const found = await Promise.all(names.map((name) => streamOf(jet, name)));
  return { account: await accountOf(jet), streams: found.filter((each) => each !== undefined) };
}

/**
 * Tries whether records may be appended to the journal and taken from it, with an append that names a record before it
 * that never was, and a trim of a subject that no record has.
 *
 * @throws BusRefusedError
 */
export async function tryWriting(jet: JetStream, journal: string): Promise<void> {
  const stream = storeName(journal);
  const expect = { lastMsgID: "no record has this id" };
  try {
    await jet.ask(
      `appending in ${journal}`,
      (client) => client.publish(journal, new Uint8Array(0), { expect }),
      apiCodes.wrongLastId,
    );
  } catch (error) {
    if (!isApiError(error, apiCodes.wrongLastId)) throw error;
  }
  await jet.ask(`trimming ${journal}`, (_, manager) =>
    manager.streams.purge(stream, { filter: `${journal}.nothing` }),
  );
}

/** Removes a store of blobs with all that is in it. */
export async function forgetBlobs(jet: JetStream, name: string): Promise<void> {
  await jet.ask(`removing ${name}`, (_, manager) => manager.streams.delete(`OBJ_${storeName(name)}`));
}

async function streamOf(jet: JetStream, name: string): Promise<StreamFindings | undefined> {
  try {
    const { config, cluster } = await jet.ask(
      `asking about ${name}`,
      (_, manager) => manager.streams.info(name),
      apiCodes.noStream,
    );
    const followers = cluster?.replicas?.filter(({ current }) => current).length ?? 0;
    return { name, storage: config.storage, replicas: config.num_replicas, current: 1 + followers };
  } catch {
    // Not there, or not for us to see: nothing is known of it.
    return undefined;
  }
}

async function accountOf(jet: JetStream): Promise<JetStreamFindings["account"]> {
  try {
    const { limits } = await jet.ask("asking about the account", (_, manager) => manager.getAccountInfo());
    return { storageBytes: limits.max_storage, streams: limits.max_streams };
  } catch {
    return undefined;
  }
}
