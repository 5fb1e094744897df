/** S9: who wants what. */

import { keyHash } from "../../../protocol/digest.js";
import { firstClient } from "../state/client-record.js";
import type { SchedulerState } from "../state/state.js";
import { broken, liveSlots } from "./broken.js";

export function validateWants(s: SchedulerState): void {
  const { tasks, wants } = s;
  const sums = new Map<number, { count: number; digest: number }>();
  let listed = 0;
  for (const slot of liveSlots(s)) {
    const clients = new Set<number>();
    for (let row = tasks.firstWant[slot]!; row >= 0; row = wants.next[row]!) {
      const client = wants.client[row]!;
      if (wants.slot[row] !== slot || clients.has(client)) broken(s, "S9 its wants are broken", slot);
      clients.add(client);
      listed++;
      if (client < firstClient) continue;
      if (s.clients[client] === undefined) broken(s, "S9 a client that is gone wants it", slot);
      const sum = sums.get(client) ?? { count: 0, digest: 0 };
      sum.count++;
      sum.digest = (sum.digest ^ keyHash(tasks.keys[slot]!)) >>> 0;
      sums.set(client, sum);
    }
  }
  for (const client of s.clientOf.values()) {
    const sum = sums.get(client.index) ?? { count: 0, digest: 0 };
    if (sum.count !== client.wants || sum.digest !== client.wantDigest) {
      broken(s, `S9 client ${client.name} wants ${sum.count} keys, not ${client.wants}`);
    }
  }
  let rows = 0;
  for (let row = 0; row < wants.size; row++) if (wants.client[row]! >= 0) rows++;
  if (rows !== listed) broken(s, `S9 ${rows} wants, of which ${listed} are tasks'`);
}
