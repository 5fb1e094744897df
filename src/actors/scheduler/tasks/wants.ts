/** Wants of clients: adding, dropping, and telling each client once how what it wants has settled. */

import { mixed } from "../../../protocol/digest.js";
import { detachedClient, firstClient, type ClientRecord } from "../state/client-record.js";
import { S, type SchedulerState } from "../state/state.js";
import { isNeeded } from "./task-facts.js";

function isSettled(s: SchedulerState, slot: number): boolean {
  const state = s.tasks.state[slot]!;
  return state === S.memory || state === S.erred;
}

/** The row of the client's want, or -1. */
function wantOf(s: SchedulerState, slot: number, client: number): number {
  const { wants } = s;
  let row = s.tasks.firstWant[slot]!;
  while (row >= 0 && wants.client[row] !== client) row = wants.next[row]!;
  return row;
}

/** The client wants the task: it will be told when it settles, or at once when it has. */
export function addWant(s: SchedulerState, slot: number, client: number): void {
  let row = wantOf(s, slot, client);
  if (row < 0) {
    row = s.wants.add(client, slot, s.tasks.firstWant[slot]!);
    s.tasks.firstWant[slot] = row;
    const record = s.clients[client];
    if (record !== undefined) {
      record.wants++;
      record.wantDigest = (record.wantDigest ^ mixed(s.tasks.keyHash[slot]!)) >>> 0;
    }
  }
  if (isSettled(s, slot)) tellOf(s, row);
  else if (s.tasks.state[slot] === S.released) s.toActivate.push(slot);
}

/** The client no longer wants the task. False when it did not. */
export function dropWant(s: SchedulerState, slot: number, client: number): boolean {
  const { wants, tasks } = s;
  let before = -1;
  let row = tasks.firstWant[slot]!;
  while (row >= 0 && wants.client[row] !== client) {
    before = row;
    row = wants.next[row]!;
  }
  if (row < 0) return false;
  if (before < 0) tasks.firstWant[slot] = wants.next[row]!;
  else wants.next[before] = wants.next[row]!;
  setTold(s, row, 0);
  wants.remove(row);
  const record = s.clients[client];
  if (record !== undefined) {
    record.wants--;
    record.wantDigest = (record.wantDigest ^ mixed(tasks.keyHash[slot]!)) >>> 0;
  }
  if (!isNeeded(s, slot)) s.toRelease.push(slot);
  return true;
}

/** Drops all wants of a client that is gone. Costs a walk over the table of wants. */
export function dropAllWants(s: SchedulerState, client: ClientRecord): void {
  const { wants } = s;
  for (let row = 0; row < wants.size && client.wants > 0; row++) {
    if (wants.client[row] === client.index) dropWant(s, wants.slot[row]!, client.index);
  }
}

/** The task has settled: every client that wants it is told, and detached wants have had their end. */
export function tellWanters(s: SchedulerState, slot: number): void {
  for (let row = s.tasks.firstWant[slot]!; row >= 0; row = s.wants.next[row]!) tellOf(s, row);
}

function tellOf(s: SchedulerState, row: number): void {
  const client = s.wants.client[row]!;
  if (client >= firstClient) tell(s, row);
  else if (client === detachedClient) s.toSettle.push(s.wants.slot[row]!);
}

/** Ends detached wants of tasks that have settled. */
export function endDetached(s: SchedulerState, slot: number): void {
  if (isSettled(s, slot)) dropWant(s, slot, detachedClient);
}

/** The client is to be told anew, when the task settles again or now. */
export function tellAgain(s: SchedulerState, slot: number, client: number): void {
  const row = wantOf(s, slot, client);
  if (row < 0) return;
  setTold(s, row, 0);
  if (isSettled(s, slot)) tell(s, row);
}

/** All clients that want the task are told when it settles again. */
export function untell(s: SchedulerState, slot: number): void {
  for (let row = s.tasks.firstWant[slot]!; row >= 0; row = s.wants.next[row]!) setTold(s, row, 0);
}

/** Whether the client was told how the task ended. */
export function wasTold(s: SchedulerState, slot: number, client: number): boolean {
  const row = wantOf(s, slot, client);
  return row >= 0 && s.wants.told[row] === 2;
}

/** Notes how far the want's client was told (want-table.ts), and keeps the digest of what it has heard of. */
export function setTold(s: SchedulerState, row: number, told: 0 | 1 | 2): void {
  const { wants } = s;
  const before = wants.told[row];
  wants.told[row] = told;
  if ((before === 2) === (told === 2)) return;
  const client = s.clients[wants.client[row]!];
  if (client === undefined) return;
  const hash = mixed(s.tasks.keyHash[wants.slot[row]!]!);
  client.settledDigest = (client.settledDigest ^ hash) >>> 0;
}

function tell(s: SchedulerState, row: number): void {
  const client = s.clients[s.wants.client[row]!];
  if (client === undefined || s.wants.told[row] !== 0) return;
  setTold(s, row, 1);
  client.outbox.push(row);
}
