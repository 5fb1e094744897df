/** A client in this process. */

import { ActorShell } from "../../actors/runtime/actor-shell.js";
import { ClientCore } from "../../actors/client/client.core.js";
import { defaultClientConfig } from "../../actors/client/config.js";
import type { ClientInstruction, ClientNews, ClientStimulus } from "../../actors/client/stimuli.js";
import type { PeerId } from "../../protocol/addresses.js";
import { Client } from "./client.js";
import type { Neighbourhood } from "./neighbourhood.js";
import { reportFailure } from "./report-failure.js";

export async function startClientActor(neighbourhood: Neighbourhood, scheduler: PeerId): Promise<Client> {
  const place = await neighbourhood.place("client", "local");
  // The client hands its core stimuli, the core hands the client news: each needs the other to begin with.
  let shell: ActorShell<ClientStimulus, ClientInstruction> | undefined;
  const client = new Client(place.id, {
    tell: (stimulus) => shell?.tell(stimulus),
    async close() {
      shell?.tell({ type: "close" });
      await shell?.stop("closed");
    },
  });
  shell = await ActorShell.start<ClientStimulus, ClientInstruction>({
    ...place,
    core: new ClientCore(defaultClientConfig),
    perform: (news) => client.hands.perform(news),
    onFailed: (error) => {
      reportFailure("client", error);
      void client.close();
    },
  });
  shell.link(scheduler);
  return client;
}

/** The actor of the client that the tasks of one thread share; what it is told before it is up waits. */
export function taskClientActor(
  neighbourhood: Neighbourhood,
  scheduler: PeerId,
  hear: (news: ClientNews) => void,
): { tell(stimulus: ClientStimulus): void } {
  const waiting: ClientStimulus[] = [];
  let shell: ActorShell<ClientStimulus, ClientInstruction> | undefined;
  const start = async (): Promise<void> => {
    const place = await neighbourhood.place("client", "tasks");
    shell = await ActorShell.start<ClientStimulus, ClientInstruction>({
      ...place,
      core: new ClientCore(defaultClientConfig),
      perform: hear,
      onFailed: (error) => reportFailure("client of tasks", error),
    });
    shell.link(scheduler);
    for (const stimulus of waiting) shell.tell(stimulus);
  };
  void start();
  return { tell: (stimulus) => (shell === undefined ? void waiting.push(stimulus) : shell.tell(stimulus)) };
}
