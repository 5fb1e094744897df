/** Clients coming, beating, wanting, releasing and leaving. */

import type { ClientBeat, Keep, Release, Unavailable, Want } from "../../../protocol/messages.js";
import { ClientRecord, detachedClient } from "../state/client-record.js";
import { notHeld } from "../workers/reports.js";
import type { SchedulerState } from "../state/state.js";
import { dropAssemblies } from "../graphs/submit.js";
import { addWant, dropAllWants, dropWant, tellAgain, wasTold } from "../tasks/wants.js";
import { tellLost, wantUnknown } from "../tasks/unknown.js";

export function addClient(s: SchedulerState, peer: string, name: string): void {
  if (s.clientOf.has(peer)) return;
  let index = s.clients.indexOf(undefined, 2);
  if (index < 0) index = s.clients.length;
  const client = new ClientRecord(index, peer, name, s.nowMs);
  s.clients[index] = client;
  s.clientOf.set(peer, client);
}

/** What it wanted is released; what only it needed is cancelled. */
export function removeClient(s: SchedulerState, client: ClientRecord): void {
  dropAllWants(s, client);
  dropAssemblies(s, client);
  s.recovery.forgetClient(client);
  s.questions.clientGone(client.peer);
  for (const pattern of client.patterns) unsubscribe(s, client, pattern);
  s.clientOf.delete(client.peer);
  s.clients[client.index] = undefined;
}

/** What it was told may be lost: it is told again of all that has settled. */
export function clientReset(s: SchedulerState, client: ClientRecord): void {
  dropAssemblies(s, client);
  client.mismatches = 0;
  client.askedOver = "";
  client.pages.clear();
  const { wants } = s;
  for (let row = 0; row < wants.size; row++) {
    if (wants.client[row] === client.index) tellAgain(s, wants.slot[row]!, client.index);
  }
}

export function takeWant(s: SchedulerState, client: ClientRecord, message: Want): void {
  const wanter = message.detached === true ? detachedClient : client.index;
  for (const [i, key] of message.keys.entries()) {
    const slot = s.slotOf(key);
    if (slot >= 0) {
      addWant(s, slot, wanter);
      if (message.settled?.[i] === 0 && wasTold(s, slot, wanter)) tellAgain(s, slot, wanter);
    } else if (message.detached !== true) wantUnknown(s, client, key);
  }
  if (message.all === true) takePage(s, client, message);
}

/** With the last page it is known what the client does not want any more. */
function takePage(s: SchedulerState, client: ClientRecord, { keys, more }: Want): void {
  const { pages } = client;
  if (more === undefined && pages.size === 0) return dropOthers(s, client, new Set(keys));
  for (const key of keys) pages.add(key);
  if (more === true) return;
  client.pages = new Set();
  dropOthers(s, client, pages);
}

function dropOthers(s: SchedulerState, client: ClientRecord, kept: ReadonlySet<string>): void {
  const { wants, tasks } = s;
  for (let row = 0; row < wants.size; row++) {
    if (wants.client[row] !== client.index) continue;
    const slot = wants.slot[row]!;
    if (!kept.has(tasks.keys[slot]!)) dropWant(s, slot, client.index);
  }
}

export function takeRelease(s: SchedulerState, client: ClientRecord, message: Release): void {
  // Said again after a link's reset: what stands under these keys now was wanted later.
  if (!client.takes(message)) return;
  if (client.loose.length > 0) {
    const released = new Set(message.keys);
    client.loose = client.loose.filter(({ key }) => !released.has(key));
  }
  for (const key of message.keys) {
    const slot = s.slotOf(key);
    if (slot >= 0) dropWant(s, slot, client.index);
    else if (s.life.recovering) s.recovery.wants.get(key)?.delete(client);
  }
}

/** What stands under these keys stays as far as it was wanted after the turns given; all else the client lets go of. */
export function takeKeep(s: SchedulerState, client: ClientRecord, { keys, since, nth, more }: Keep): void {
  if (nth <= client.turns) return;
  for (const [i, key] of keys.entries()) if (since[i]! <= client.turns) client.pages.add(key);
  if (more === true) return;
  const kept = client.pages;
  client.pages = new Set();
  client.turns = nth;
  client.loose = client.loose.filter(({ key }) => kept.has(key));
  dropOthers(s, client, kept);
}

/** The client got the value from none of its holders: it is told anew, of other holders or when it is made again. */
export function takeUnavailable(s: SchedulerState, client: ClientRecord, message: Unavailable): void {
  notHeld(s, message.run, message.holders);
  const slot = s.slotOf(message.key);
  if (slot >= 0) tellAgain(s, slot, client.index);
  else tellLost(client, message.key);
}

/** Wants, or what is known of their ends, that differ twice running in quiet are asked for: once over one difference. */
export function clientBeat(s: SchedulerState, client: ClientRecord, message: ClientBeat): void {
  const quiet = !client.sentSinceBeat;
  client.sentSinceBeat = false;
  const { wantDigest, settledDigest } = message;
  if (wantDigest === client.wantDigest && settledDigest === client.settledDigest) {
    client.mismatches = 0;
    client.askedOver = "";
    return;
  }
  if (!quiet || ++client.mismatches < 2) return;
  client.mismatches = 0;
  // What both agree upon cancels out: one key that the client counts and nobody here knows is no reason to ask for ever.
  const over = [client.wantDigest ^ wantDigest, client.settledDigest ^ settledDigest].join();
  if (over === client.askedOver) return;
  client.askedOver = over;
  s.out.push({ type: "send", to: client.peer, message: { kind: "wants?" } });
}

export function subscribe(s: SchedulerState, client: ClientRecord, pattern: string): void {
  if (client.patterns.has(pattern)) return;
  client.patterns.add(pattern);
  s.events.listen(pattern);
}

export function unsubscribe(s: SchedulerState, client: ClientRecord, pattern: string): void {
  if (client.patterns.delete(pattern)) s.events.unlisten(pattern);
}
