import { expect } from "chai";
import { join } from "node:path";
import { setTimeout as lasting } from "node:timers/promises";
import { Client, type ClusterEvent } from "../../../src/index.js";
import { until } from "../../../src/testing/until.js";
import { BusCluster, type WorkerLife } from "../../support/bus-cluster.js";
import { EffectLog } from "../../support/effects.js";
import { onEachBroker } from "./each-broker.js";
import { block, first } from "./tasks.js";

const pairs = 1_000;
const workers = { w1: undefined, w2: undefined, w3: undefined, w4: undefined };

onEachBroker(
  "Of 2,000 tasks on four workers, one of which is killed every two seconds, no more is done again than was lost",
  300_000,
  async ({ url }) => {
    await using cluster = await BusCluster.start({ url, workers });
    await using client = await Client.connect(url);
    const events = await eventsOf(client);
    const effects = new EffectLog(join(cluster.folder, "effects"));
    // The blocks stay on their workers, and only there, until the second of each pair is done.
    const sums = Array.from({ length: pairs }, (_, i) => {
      const one = client.submit(block, effects.path, 25, 20_000, i % 251, { key: `a${i}` });
      const two = client.submit(first, effects.path, 25, one, { key: `b${i}` });
      // Nobody but the second is to need the first: a future that is merely forgotten is let go of at some other time.
      one.release();
      return two;
    });
    const story = { story: () => cluster.story(), deadlineMs: 60_000 };
    await until("work is under way", () => effects.starts().length > 50, story);

    const killed: WorkerLife[] = [];
    for (const name of ["w1", "w2", "w3", "w4", "w1"]) {
      await lasting(2_000);
      const before = killed.find((life) => life.name === name);
      if (before !== undefined) await cluster.again(before);
      killed.push(cluster.kill(name));
    }
    expect(effects.starts().length, "begun before the last was killed").to.be.below(2 * pairs);
    expect(await client.gather(sums)).to.deep.equal(sums.map((_, i) => i % 251));

    const starts = effects.startsByKey();
    expect(starts.size).to.equal(2 * pairs);
    for (const life of killed) await cluster.again(life);
    await until("all deaths are known", () => endedLives(events).length === killed.length, story);
    expect(cluster.lost.map(({ worker }) => worker)).to.deep.equal(killed.map(({ name }) => name));
    const again = effects.starts().length - 2 * pairs;
    const ended = endedLives(events);
    expect(ended.map(({ worker }) => worker)).to.deep.equal(killed.map(({ name }) => name));
    const running = killed.map(({ pid }, i) => {
      return effects.starts().filter((each) => each.pid === pid).length - (ended[i]?.finished ?? 0);
    });
    const lost = ended.map((each) => each.lost);
    const most = [...lost, ...running].reduce((sum, each) => sum + each, 0);
    const books = `${again} done again; only copies lost ${lost.join("+")}, running ${running.join("+")}`;
    expect(again, books).to.be.at.most(most);
  },
);

/** What happens on the cluster from now on, gathered for as long as the client lives. */
async function eventsOf(client: Client): Promise<readonly ClusterEvent[]> {
  const gathered: ClusterEvent[] = [];
  const stream = client.events("*");
  void (async () => {
    for await (const event of stream) gathered.push(event);
  })();
  // A question that is answered after the subscription was made.
  await client.workers();
  return gathered;
}

/** What one life of a worker did, as the scheduler saw it. */
interface Seen {
  readonly worker: string;
  /** Tasks it was known to have finished. */
  finished: number;
  /** When it was declared dead: blocks that only it held, and that were still needed. */
  lost: number;
}

/** The lives that ended, in the order of their ends. */
function endedLives(events: readonly ClusterEvent[]): readonly Seen[] {
  const assignedTo = new Map<string, string>();
  const heldBy = new Map<string, string>();
  const living = new Map<string, Seen>();
  const ended: Seen[] = [];
  const lifeOf = (worker: string): Seen => {
    const life = living.get(worker) ?? { worker, finished: 0, lost: 0 };
    living.set(worker, life);
    return life;
  };
  for (const { topic, data } of events) {
    if (topic === "events.left") throw new Error("events were left out");
    const key = String(data["key"]);
    const worker = String(data["worker"]);
    if (topic === "task.assigned") assignedTo.set(key, worker);
    if (topic === "task.finished") {
      const on = assignedTo.get(key) ?? "";
      lifeOf(on).finished++;
      if (key.startsWith("a")) heldBy.set(key, on);
      else heldBy.delete(`a${key.slice(1)}`);
    }
    if (topic !== "worker.lost") continue;
    const gone = [...heldBy].filter(([, holder]) => holder === worker);
    for (const [each] of gone) heldBy.delete(each);
    ended.push(Object.assign(lifeOf(worker), { lost: gone.length }));
    living.delete(worker);
  }
  return ended;
}
