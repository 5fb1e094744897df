/** `client.run(fn)`: a function is called on every worker, or those named, and the client gets all that they say, by name. */

import type { RanOnWorker, RunEverywhere } from "../../../protocol/messages.js";
import type { ClientRecord } from "../state/client-record.js";
import type { OpenCall, WorkerAnswer } from "../state/questions.js";
import type { SchedulerState } from "../state/state.js";
import type { WorkerRecord } from "../state/worker-record.js";

export function runEverywhere(s: SchedulerState, client: ClientRecord, message: RunEverywhere): void {
  const { id, fn, args, workers } = message;
  // A question that is repeated after a link's reset is one question.
  for (const [, call] of s.questions.calls()) if (call.client === client.peer && call.id === id) return;
  const here = s.workerList.filter((worker) => worker.registered);
  const called =
    workers === undefined
      ? here
      : here.filter(({ name, peer }) => workers.includes(name) || workers.includes(peer));
  const answers: WorkerAnswer[] = (workers ?? [])
    .filter((wanted) => !here.some(({ name, peer }) => name === wanted || peer === wanted))
    .map((wanted) => ({ worker: wanted, ok: false, error: notThere(wanted) }));
  const waiting = new Map(called.map((worker) => [worker.peer, worker.name]));
  const call: OpenCall = { client: client.peer, id, fn, args, waiting, answers };
  if (waiting.size === 0) return answer(s, call);
  const number = s.questions.open(call);
  for (const worker of called) {
    s.out.push({ type: "send", to: worker.peer, message: { kind: "runOnWorker", id: number, fn, args } });
  }
}

export function takeRanOnWorker(s: SchedulerState, worker: WorkerRecord, message: RanOnWorker): void {
  const { id, ok, value, error } = message;
  const said = { ok, ...(value === undefined ? {} : { value }), ...(error === undefined ? {} : { error }) };
  const call = s.questions.answered(id, worker.peer, said);
  if (call !== undefined) answer(s, call);
}

/** The worker will not answer any more. */
export function workerGone(s: SchedulerState, worker: WorkerRecord): void {
  for (const [number, { waiting }] of s.questions.calls()) {
    if (!waiting.has(worker.peer)) continue;
    const call = s.questions.answered(number, worker.peer, { ok: false, error: notThere(worker.name) });
    if (call !== undefined) answer(s, call);
  }
}

function notThere(name: string): NonNullable<RanOnWorker["error"]> {
  return { kind: "lost", name: "WorkerLost", message: `worker ${name} is not there` };
}

function answer(s: SchedulerState, call: OpenCall): void {
  if (!s.clientOf.has(call.client)) return;
  const value = Object.fromEntries(call.answers.map(({ worker, ...said }) => [worker, said]));
  const message = { kind: "answer", id: call.id, ok: true, value } as const;
  s.out.push({ type: "send", to: call.client, message });
}
