/** Clients in this process. */

import type { ClientNews, ClientStimulus } from "../../actors/client/stimuli.js";
import { ClusterFailedError, ProtocolVersionError } from "../../errors.js";
import { reportFailure } from "../node/report-failure.js";
import type { Neighbourhood } from "../place/neighbourhood.js";
import { Client } from "./client.js";
import { ClientActor } from "./client-actor.js";

/** @param onClosed called when the client has said goodbye. */
export async function startClientActor(
  neighbourhood: Neighbourhood,
  onClosed: () => Promise<void> = () => Promise.resolve(),
): Promise<Client> {
  // The client hands its core stimuli, the core hands the client news: each needs the other to begin with.
  const early: ClientNews[] = [];
  const made: { client?: Client } = {};
  const actor = new ClientActor({
    neighbourhood,
    name: "local",
    hear: (news) => (made.client === undefined ? void early.push(news) : made.client.hands.perform(news)),
    onFailed: (error) => {
      // Nothing is broken here: whoever waits for something is told what is wrong.
      if (error instanceof ProtocolVersionError) return void made.client?.fail(error);
      reportFailure("client", error);
      void made.client?.fail(new ClusterFailedError("client", error));
    },
  });
  const id = await actor.start();
  const client = new Client(id, {
    tell: (stimulus) => actor.tell(stimulus),
    async close() {
      await actor.close();
      await onClosed();
    },
  });
  made.client = client;
  for (const news of early) client.hands.perform(news);
  return client;
}

/** The actor behind the client that the tasks of one thread share. */
export interface TaskClientActor {
  tell(stimulus: ClientStimulus): void;
  /** Ends it: its thread is gone, and all it wanted is let go of. */
  stop(): void;
}

export function taskClientActor(
  neighbourhood: Neighbourhood,
  hear: (news: ClientNews) => void,
): TaskClientActor {
  let isOver = false;
  const onFailed = (error: unknown): void => reportFailure("client of tasks", error);
  const actor = new ClientActor({
    neighbourhood,
    name: "tasks",
    hear: (news) => {
      if (!isOver) hear(news);
    },
    onFailed,
  });
  void actor.start().catch(onFailed);
  return {
    tell: (stimulus) => actor.tell(stimulus),
    stop() {
      isOver = true;
      void actor.close();
    },
  };
}
