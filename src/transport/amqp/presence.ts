/**
 * Presence over topics: who is announced says so at once, each second, when asked, and when it goes. Watchers ask
 * when they begin. Questions have a topic of their own, so that those who are announced do not hear each other.
 */

import { randomBytes } from "node:crypto";
import { systemClock } from "../../actors/runtime/system-clock.js";
import type { PresenceWatcher, Subscription } from "../transport.js";
import { decodeSignal, encodeSignal } from "./beacon.js";
import type { Connection } from "./connection.js";
import { Present, presenceTimes } from "./present.js";
import { callSafely } from "./reader.js";
import type { Topics } from "./topics.js";

const tickMs = 250;
const questions = (group: string): string => `${group}.ask`;
const freshNumber = (): bigint => randomBytes(8).readBigUInt64LE() >> 1n;

export class Presence {
  private readonly connection: Connection;
  private readonly topics: Topics;
  private readonly goodbyes = new Set<() => void>();

  constructor(connection: Connection, topics: Topics) {
    this.connection = connection;
    this.topics = topics;
  }

  sayGoodbye(): void {
    for (const goodbye of this.goodbyes) goodbye();
  }

  async announce(group: string, id: string, info: Uint8Array): Promise<Subscription> {
    const about = { number: freshNumber(), id, info: info.slice() };
    const say = (kind: "here" | "bye"): void =>
      void this.topics.broadcast(group, encodeSignal({ ...about, kind }));
    const asked = await this.topics.subscribe(questions(group), () => say("here"));
    say("here");
    const beat = setInterval(() => say("here"), presenceTimes.beaconMs).unref();
    const unwatch = this.connection.board.watch((status) => {
      if (status === "connected") say("here");
      if (status === "closed") goodbye();
    });
    const goodbye = (): void => {
      if (!this.goodbyes.delete(goodbye)) return;
      clearInterval(beat);
      unwatch();
      say("bye");
    };
    this.goodbyes.add(goodbye);
    return {
      close: async () => {
        goodbye();
        await asked.close();
      },
    };
  }

  async watch(group: string, watcher: PresenceWatcher): Promise<Subscription> {
    const { board } = this.connection;
    const present = new Present(watcher, freshNumber());
    const heard = await this.topics.subscribe(group, (bytes) => {
      const signal = decodeSignal(bytes);
      if (signal !== undefined) present.onSignal(signal, systemClock.now());
    });
    const ask = (): void => void this.topics.broadcast(questions(group), new Uint8Array(1));
    ask();
    const tick = (): void => {
      if (board.status !== "connected") return;
      const echo = present.onTick(systemClock.now());
      if (echo === undefined) return;
      ask();
      this.topics.broadcast(group, encodeSignal({ kind: "echo", number: echo }));
    };
    const ticking = setInterval(() => callSafely(tick), tickMs).unref();
    const unwatch = board.watch((status) => {
      if (status === "closed") clearInterval(ticking);
      if (status !== "connected") return;
      present.onBack(systemClock.now());
      ask();
    });
    return {
      close: async () => {
        clearInterval(ticking);
        unwatch();
        await heard.close();
      },
    };
  }
}
