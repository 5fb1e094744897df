/**
 * Who is here, from the beacons of a group: joined with the first, left with a goodbye or after three beats of silence.
 * Silence counts only while one could have heard: not while one's own connection is down, nor while one's own process
 * stood still, and from the end of either it is counted anew.
 */

import type { PresenceWatcher, Subscription } from "../transport.js";
import { questionsOf } from "./announce.js";
import type { Beacon } from "./beacon.js";
import { decodeBeacon } from "./beacon.js";
import type { Connection } from "./connection.js";

const silentBeats = 3;
const nothing = new Uint8Array(0);

interface Present {
  mark: string;
  info: Uint8Array;
  heardAtMs: number;
}

class Roll {
  private readonly watcher: PresenceWatcher;
  private readonly present = new Map<string, Present>();

  constructor(watcher: PresenceWatcher) {
    this.watcher = watcher;
  }

  hear({ kind, id, mark, info }: Beacon): void {
    const known = this.present.get(id);
    if (kind === "bye") {
      // A goodbye of an earlier announcement may come after the next one's first beacon.
      if (known?.mark === mark) this.leave(id);
      return;
    }
    if (known !== undefined && known.mark === mark) {
      known.heardAtMs = performance.now();
      return;
    }
    this.present.set(id, { mark, info, heardAtMs: performance.now() });
    this.watcher.onJoined(id, info);
  }

  /** Everyone who was last heard before `sinceMs` has left. */
  sweep(sinceMs: number): void {
    for (const [id, { heardAtMs }] of this.present) if (heardAtMs < sinceMs) this.leave(id);
  }

  excuse(): void {
    for (const each of this.present.values()) each.heardAtMs = performance.now();
  }

  private leave(id: string): void {
    this.present.delete(id);
    this.watcher.onLeft(id);
  }
}

export async function watchPresence(
  connection: Connection,
  group: string,
  watcher: PresenceWatcher,
  beatMs: number,
): Promise<Subscription> {
  const roll = new Roll(watcher);
  let isOver = false;
  const beacons = await connection.subscribe(group, ({ data }) => {
    const beacon = decodeBeacon(data);
    if (beacon !== undefined && !isOver) roll.hear(beacon);
  });
  const ask = (): void => void connection.publish(questionsOf(group), nothing);
  let sweptAtMs = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    const stoodStill = now - sweptAtMs > 2 * beatMs;
    sweptAtMs = now;
    if (connection.status === "disconnected" || stoodStill) roll.excuse();
    else connection.guard(() => roll.sweep(now - silentBeats * beatMs));
  }, beatMs / 2).unref();
  const unwatch = connection.watch((status) => {
    if (status !== "connected") return;
    roll.excuse();
    ask();
  });
  ask();
  return {
    close: async () => {
      isOver = true;
      clearInterval(timer);
      unwatch();
      await beacons.close();
    },
  };
}
