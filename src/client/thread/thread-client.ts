/** The client that the tasks of one thread share. */

import { currentTaskOrNone } from "../../executor/current-task.js";
import type { MakeThreadClient } from "../../executor/threads/task-client.js";
import { Client } from "../cluster/client.js";

export const makeClientOfTasks: MakeThreadClient = (name, tell) => {
  const client = new Client(
    name,
    { tell, close: () => Promise.resolve() },
    {
      // A task that waits for tasks gives up its place to them: else they could wait for each other for ever.
      onWait: () => currentTaskOrNone()?.secede(),
      parent: () => currentTaskOrNone()?.key,
    },
  );
  return {
    client,
    hear: (news) => client.hands.perform(news),
    get held() {
      return client.keys.size;
    },
  };
};
