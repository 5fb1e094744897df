/** S9: who wants what. */

import { keyHash } from "../../../protocol/digest.js";
import { firstClient } from "../state/client-record.js";
import type { SchedulerState } from "../state/state.js";
import { broken, liveSlots } from "./broken.js";

interface Sum {
  count: number;
  digest: number;
  settled: number;
}

export function validateWants(s: SchedulerState): void {
  const { tasks, wants } = s;
  const sums = new Map<number, Sum>();
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
      const sum = sums.get(client) ?? { count: 0, digest: 0, settled: 0 };
      const hash = keyHash(tasks.keys[slot]!);
      sum.count++;
      sum.digest = (sum.digest ^ hash) >>> 0;
      if (wants.told[row] === 2) sum.settled = (sum.settled ^ hash) >>> 0;
      sums.set(client, sum);
    }
  }
  for (const client of s.clientOf.values()) {
    const sum = sums.get(client.index) ?? { count: 0, digest: 0, settled: 0 };
    if (sum.count !== client.wants || sum.digest !== client.wantDigest) {
      broken(s, `S9 client ${client.name} wants ${sum.count} keys, not ${client.wants}`);
    }
    if (sum.settled !== client.settledDigest)
      broken(s, `S9 client ${client.name} was told of other keys than its digest says`);
  }
  let rows = 0;
  for (let row = 0; row < wants.size; row++) if (wants.client[row]! >= 0) rows++;
  if (rows !== listed) broken(s, `S9 ${rows} wants, of which ${listed} are tasks'`);
}
