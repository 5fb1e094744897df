/** What a client is told of the keys it wants that have settled: as columns. */

import { pageRows } from "../../../protocol/limits.js";
import { futureStates, type Status, type StatusError } from "../../../protocol/messages.js";
import type { ClientRecord } from "../state/client-record.js";
import { copyInline, holdersOf, inlineLength } from "./locations.js";
import { S, type SchedulerState } from "../state/state.js";
import { isInline } from "./task-facts.js";
import { setTold } from "./wants.js";
import type { Erred } from "../state/trouble.js";

const finished = futureStates.indexOf("finished");
const error = futureStates.indexOf("error");
const lost = futureStates.indexOf("lost");

/** More than this is split, as is what has more rows than a page. */
const mostInlineBytes = 16 * 1024 * 1024;

/** The keys of the client that have settled since it was told last: one message, or more when there are very many. */
export function statusMessages(s: SchedulerState, client: ClientRecord): Status[] {
  const { outbox, loose } = client;
  const messages: Status[] = [];
  if (outbox.length > 0) {
    keepTellable(s, client);
    for (let from = 0; from < outbox.length;) {
      const end = endOfMessage(s, client, from);
      messages.push(settledStatus(s, client, from, end));
      from = end;
    }
    outbox.clear();
  }
  if (loose.length > 0) {
    messages.push(looseStatus(client));
    client.loose = [];
  }
  return messages;
}

function endOfMessage(s: SchedulerState, { outbox }: ClientRecord, from: number): number {
  const last = Math.min(outbox.length, from + pageRows);
  let bytes = 0;
  for (let i = from; i < last; i++) {
    const slot = s.wants.slot[outbox.items[i]!]!;
    if (s.tasks.state[slot] === S.memory && isInline(s, slot)) bytes += inlineLength(s, slot);
    if (bytes > mostInlineBytes) return i + 1;
  }
  return last;
}

function settledStatus(
  s: SchedulerState,
  { outbox, turns }: ClientRecord,
  from: number,
  end: number,
): Status {
  const { tasks, wants } = s;
  const n = end - from;
  const keys = new Array<string>(n);
  const state = new Uint8Array(n);
  const run = new Float64Array(n);
  const nbytes = new Float64Array(n);
  const inlineStart = new Uint32Array(n + 1);
  const holders: (readonly [number, readonly string[]])[] = [];
  const errors: (readonly [number, StatusError])[] = [];
  for (let i = 0; i < n; i++) {
    const slot = wants.slot[outbox.items[from + i]!]!;
    keys[i] = tasks.keys[slot]!;
    inlineStart[i + 1] = inlineStart[i]!;
    if (tasks.state[slot] === S.memory) {
      state[i] = finished;
      run[i] = tasks.run[slot]!;
      nbytes[i] = tasks.nbytes[slot]!;
      if (isInline(s, slot)) inlineStart[i + 1]! += inlineLength(s, slot);
      else holders.push([i, holdersOf(s, slot).map((worker) => worker.peer)]);
    } else {
      const erred = s.errors.get(slot)!;
      state[i] = erred.lost === true ? lost : error;
      errors.push([i, asStatus(erred)]);
    }
  }
  const inline = new Uint8Array(inlineStart[n]!);
  for (let i = 0; i < n; i++) {
    const slot = wants.slot[outbox.items[from + i]!]!;
    if (inlineStart[i + 1]! > inlineStart[i]!) copyInline(s, slot, inline, inlineStart[i]!);
  }
  return { kind: "status", turns, keys, state, run, nbytes, inlineStart, inline, holders, errors };
}

function looseStatus({ loose, turns }: ClientRecord): Status {
  const n = loose.length;
  return {
    kind: "status",
    turns,
    keys: loose.map(({ key }) => key),
    state: Uint8Array.from(loose, ({ state }) => futureStates.indexOf(state)),
    run: new Float64Array(n),
    nbytes: new Float64Array(n),
    inlineStart: new Uint32Array(n + 1),
    inline: new Uint8Array(),
    holders: [],
    errors: loose.flatMap((each, i) => (each.error === undefined ? [] : [[i, each.error] as const])),
  };
}

/** Keeps of the outbox what is wanted and settled still, each once. */
function keepTellable(s: SchedulerState, client: ClientRecord): void {
  const { tasks, wants } = s;
  const { outbox } = client;
  let kept = 0;
  for (let i = 0; i < outbox.length; i++) {
    const row = outbox.items[i]!;
    if (wants.client[row] !== client.index || wants.told[row] !== 1) continue;
    const state = tasks.state[wants.slot[row]!]!;
    // One that was lost again before it was told of is told when it settles.
    const settled = state === S.memory || state === S.erred;
    setTold(s, row, settled ? 2 : 0);
    if (settled) outbox.items[kept++] = row;
  }
  outbox.length = kept;
}

function asStatus({ error: wire, origin, attempts, worker }: Erred): StatusError {
  return { error: wire, origin, attempts, ...(worker === undefined ? {} : { worker }) };
}
