/** A client in this process. */

import { ActorShell } from "../../actors/runtime/actor-shell.js";
import { ClientCore } from "../../actors/client/client.core.js";
import { defaultClientConfig } from "../../actors/client/config.js";
import type { ClientInstruction, ClientNews, ClientStimulus } from "../../actors/client/stimuli.js";
import { ClusterFailedError } from "../../errors.js";
import { Client } from "./client.js";
import type { Neighbourhood } from "./neighbourhood.js";
import { reportFailure } from "./report-failure.js";

type ClientShell = ActorShell<ClientStimulus, ClientInstruction>;

export async function startClientActor(neighbourhood: Neighbourhood): Promise<Client> {
  const parts: { shell?: ClientShell; unfollow?: () => void } = {};
  const place = await neighbourhood.place("client", "local");
  // The client hands its core stimuli, the core hands the client news: each needs the other to begin with.
  const client = new Client(place.id, {
    tell: (stimulus) => parts.shell?.tell(stimulus),
    async close() {
      parts.unfollow?.();
      parts.shell?.tell({ type: "close" });
      await parts.shell?.stop("closed");
    },
  });
  const shell: ClientShell = await ActorShell.start<ClientStimulus, ClientInstruction>({
    ...place,
    core: new ClientCore(defaultClientConfig),
    perform: (news) => client.hands.perform(news),
    onFailed: (error) => {
      reportFailure("client", error);
      void client.fail(new ClusterFailedError("client", error));
    },
  });
  parts.shell = shell;
  parts.unfollow = neighbourhood.follow((scheduler) => shell.link(scheduler));
  return client;
}

/** The actor behind the client that the tasks of one thread share. */
export interface TaskClientActor {
  /** What it is told before it is up waits. */
  tell(stimulus: ClientStimulus): void;
  /** Ends it: its thread is gone, and all it wanted is let go of. */
  stop(): void;
}

export function taskClientActor(
  neighbourhood: Neighbourhood,
  hear: (news: ClientNews) => void,
): TaskClientActor {
  const waiting: ClientStimulus[] = [];
  let shell: ClientShell | undefined;
  let unfollow: (() => void) | undefined;
  let isOver = false;
  const stop = (): void => {
    isOver = true;
    unfollow?.();
    shell?.tell({ type: "close" });
    void shell?.stop("closed");
  };
  const start = async (): Promise<void> => {
    const place = await neighbourhood.place("client", "tasks");
    const started: ClientShell = await ActorShell.start<ClientStimulus, ClientInstruction>({
      ...place,
      core: new ClientCore(defaultClientConfig),
      perform: (news) => {
        if (!isOver) hear(news);
      },
      onFailed: (error) => reportFailure("client of tasks", error),
    });
    shell = started;
    if (isOver) {
      stop();
      return;
    }
    unfollow = neighbourhood.follow((scheduler) => started.link(scheduler));
    for (const stimulus of waiting) started.tell(stimulus);
  };
  void start();
  return {
    tell: (stimulus) => (shell === undefined ? void waiting.push(stimulus) : shell.tell(stimulus)),
    stop,
  };
}
