/** Questions of clients, each with one answer. */

import type { Query } from "../../../protocol/messages.js";
import { cancelled } from "../tasks/cancel.js";
import { firstClient, publishedClient, type ClientRecord } from "../state/client-record.js";
import { subscribe, unsubscribe } from "./clients.js";
import { explain } from "../tasks/explain.js";
import { S, type SchedulerState, type TaskProgress } from "../state/state.js";
import { describeWorker, statsOf } from "./stats.js";
import { storyOf } from "../state/story.js";
import { bit } from "../tables/task-table.js";
import { hasFlag, isActive, troubleIfAny } from "../tasks/task-facts.js";
import { addWant, dropWant } from "../tasks/wants.js";
import type { WorkerRecord } from "../state/worker-record.js";

type What = Query["what"];
type Result = { readonly ok: boolean; readonly value: unknown };

export function takeQuery(s: SchedulerState, client: ClientRecord, { id, what }: Query): void {
  const { ok, value } = answerTo(s, client, what);
  s.out.push({ type: "send", to: client.peer, message: { kind: "answer", id, ok, value } });
}

function answerTo(s: SchedulerState, client: ClientRecord, what: What): Result {
  switch (what.type) {
    case "workers":
      return good(s.workerList.filter((worker) => worker.registered).map(describeWorker));
    case "stats":
      return good(statsOf(s));
    case "story":
      return good(storyOf(s, what.key));
    case "explain":
      return good(explain(s, what.key));
    case "known":
      return good(s.slotOf(what.key) >= 0);
    case "publish":
      return publish(s, what);
    case "published": {
      const published = s.published.get(what.name);
      return published === undefined ? bad(notPublished(s, what.name)) : good(published);
    }
    case "unpublish":
      return unpublish(s, what.name) ? good(null) : bad(notPublished(s, what.name));
    case "progress":
      return good(progressOf(s, what.graphId));
    case "restart":
      return restart(s);
    case "reserve":
      return reserve(s, what);
    case "subscribe":
      subscribe(s, client, what.pattern);
      return good(null);
    case "unsubscribe":
      unsubscribe(s, client, what.pattern);
      return good(null);
  }
}

const good = (value: unknown): Result => ({ ok: true, value });
const bad = (problem: string): Result => ({ ok: false, value: problem });

function notPublished(s: SchedulerState, name: string): string {
  const names = [...s.published.keys()].map((each) => JSON.stringify(each)).join(", ");
  return `Nothing is published as ${JSON.stringify(name)}; published are: ${names === "" ? "nothing" : names}.`;
}

/** The keys are held for as long as the name stands. */
function publish(s: SchedulerState, { name, keys, meta }: Extract<What, { type: "publish" }>): Result {
  const known = s.published.get(name);
  if (known !== undefined) {
    // A question repeated after a link's reset is no second publication.
    if (known.keys.length === keys.length && known.keys.every((key, i) => key === keys[i])) return good(null);
    return bad(
      `Something else is published as ${JSON.stringify(name)}. Unpublish it first, or choose another name.`,
    );
  }
  const unknown = keys.find((key) => s.slotOf(key) < 0);
  if (unknown !== undefined) return bad(`There is no task ${JSON.stringify(unknown)} to be published.`);
  s.published.set(name, { keys, meta });
  for (const key of keys) addWant(s, s.slotOf(key), publishedClient);
  return good(null);
}

function unpublish(s: SchedulerState, name: string): boolean {
  const published = s.published.get(name);
  if (published === undefined) return false;
  s.published.delete(name);
  const others = new Set([...s.published.values()].flatMap(({ keys }) => keys));
  for (const key of published.keys) {
    const slot = s.slotOf(key);
    if (slot >= 0 && !others.has(key)) dropWant(s, slot, publishedClient);
  }
  return true;
}

/** Everything is dropped: what runs is stopped, what is held is freed, and every future is cancelled. */
function restart(s: SchedulerState): Result {
  s.published.clear();
  const { wants, tasks } = s;
  for (let row = 0; row < wants.size; row++) {
    const client = wants.client[row]!;
    if (client < 0) continue;
    const slot = wants.slot[row]!;
    dropWant(s, slot, client);
    if (client < firstClient) continue;
    const key = tasks.keys[slot]!;
    s.clients[client]!.loose.push({
      key,
      state: "cancelled",
      error: cancelled(key, "the cluster was restarted"),
    });
  }
  for (const { peer } of s.workerList) {
    const message = { kind: "bye", reason: "the cluster is restarted", restart: true } as const;
    s.out.push({ type: "send", to: peer, message });
  }
  return good(null);
}

/** How many running tasks are named. */
const namedTasks = 32;

interface Progress {
  readonly done: number;
  readonly running: number;
  readonly total: number;
  readonly tasks: readonly NamedTask[];
}

interface NamedTask {
  readonly key: string;
  readonly attempt: number;
  readonly progress?: TaskProgress;
}

/**
 * Tasks of a graph that are done, and that workers have; a graph that is not known any more is done. Counted when
 * asked: it costs the tasks that run nothing.
 */
function progressOf(s: SchedulerState, graphId: string): Progress {
  const { tasks } = s;
  const batches = new Set<number>();
  let total = 0;
  for (const [number, batch] of s.batches.entries()) {
    if (batch?.graphId !== graphId) continue;
    batches.add(number);
    total = batch.total;
  }
  if (batches.size === 0) return { done: Number.MAX_SAFE_INTEGER, running: 0, total: 0, tasks: [] };
  let active = 0;
  let running = 0;
  const named: NamedTask[] = [];
  for (let slot = 0; slot < tasks.size; slot++) {
    if (!isActive(s, slot) || !batches.has(tasks.batch[slot]!)) continue;
    active++;
    if (tasks.state[slot] !== S.processing) continue;
    running++;
    if (named.length === namedTasks || !hasFlag(s, slot, bit.started)) continue;
    const progress = s.progress.get(tasks.run[slot]!);
    named.push({
      key: tasks.keys[slot]!,
      attempt: 1 + (troubleIfAny(s, slot)?.failures ?? 0),
      ...(progress === undefined ? {} : { progress }),
    });
  }
  return { done: total - active, running, total, tasks: named };
}

/** Chooses the workers for a value that a client will put there, and the run that names it. */
function reserve(s: SchedulerState, what: Extract<What, { type: "reserve" }>): Result {
  const { workers, broadcast } = what;
  const here = s.workerList.filter(
    (worker) => worker.staying && !worker.paused && !worker.suspect && isNamed(worker, workers),
  );
  if (here.length === 0) {
    const named = workers === undefined ? "" : ` named ${workers.join(", ")}`;
    return bad(`There is no worker${named} that takes values now.`);
  }
  const chosen = broadcast
    ? here
    : [here.reduce((best, worker) => (fill(worker) < fill(best) ? worker : best))];
  const run = s.newRun();
  s.reservations.set(run, s.nowMs + s.config.reservationMs);
  return good({ run, workers: chosen.map(({ peer }) => peer) });
}

function isNamed(worker: WorkerRecord, names: readonly string[] | undefined): boolean {
  return names === undefined || names.includes(worker.name) || names.includes(worker.peer);
}

/** How full a worker's memory is with values. */
function fill(worker: WorkerRecord): number {
  return worker.valueBytes / Math.max(1, worker.memoryLimitBytes);
}
