/**
 * Who is present, judged by signals and time alone. Silence says something of others only while the bus brings one's
 * own messages back: so whoever is silent for long is doubted first, an echo is sent, and only when one has come back
 * that was sent well into the silence is it taken for gone. A dead connection, an alarm or a stalled process thus
 * delays a verdict, and never makes one.
 *
 * Invariants: `joined` and `left` of an id alternate, but for a new announcement under the same id, which joins again.
 */

import type { Signal } from "./beacon.js";

export const presenceTimes = { beaconMs: 1_000, doubtMs: 1_500, goneMs: 3_000, settleMs: 250 } as const;

export interface PresentWatcher {
  onJoined(id: string, info: Uint8Array): void;
  onLeft(id: string): void;
}

interface Member {
  readonly number: bigint;
  info: Uint8Array;
  seenAtMs: number;
}

export class Present {
  private readonly watcher: PresentWatcher;
  private readonly members = new Map<string, Member>();
  /** Echoes that have just come back: when each was sent, and when it came. */
  private readonly fresh: { readonly sentAtMs: number; readonly cameAtMs: number }[] = [];
  /** When the newest echo was sent that came back long enough ago for what was behind it to have come, too. */
  private provenAtMs = -Infinity;
  private readonly echoes = new Map<bigint, number>();
  private lastNumber: bigint;

  /** @param firstNumber tells this watcher's echoes from others'. */
  constructor(watcher: PresentWatcher, firstNumber: bigint) {
    this.watcher = watcher;
    this.lastNumber = firstNumber;
  }

  onSignal(signal: Signal, atMs: number): void {
    if (signal.kind === "echo") this.onEcho(signal.number, atMs);
    else if (signal.kind === "here") this.onHere(signal.id, signal.number, signal.info, atMs);
    else if (this.members.get(signal.id)?.number === signal.number) this.leave(signal.id);
  }

  /** The connection is back: what was silent meanwhile had no chance to be heard. */
  onBack(atMs: number): void {
    this.echoes.clear();
    for (const member of this.members.values()) member.seenAtMs = atMs;
  }

  /** Passes verdicts; gives the number of an echo to send where somebody is in doubt. */
  onTick(atMs: number): bigint | undefined {
    let isInDoubt = false;
    this.settle(atMs);
    for (const [id, { seenAtMs }] of this.members) {
      const silentMs = atMs - seenAtMs;
      if (silentMs < presenceTimes.doubtMs) continue;
      const isProven = this.provenAtMs >= seenAtMs + presenceTimes.doubtMs;
      if (silentMs >= presenceTimes.goneMs && isProven) this.leave(id);
      else isInDoubt = true;
    }
    if (!isInDoubt) return undefined;
    this.lastNumber += 1n;
    this.echoes.set(this.lastNumber, atMs);
    return this.lastNumber;
  }

  private onEcho(number: bigint, atMs: number): void {
    const sentAtMs = this.echoes.get(number);
    if (sentAtMs === undefined) return;
    for (const earlier of this.echoes.keys()) if (earlier <= number) this.echoes.delete(earlier);
    this.fresh.push({ sentAtMs, cameAtMs: atMs });
  }

  private settle(atMs: number): void {
    for (let [next] = this.fresh; next !== undefined; [next] = this.fresh) {
      if (atMs < next.cameAtMs + presenceTimes.settleMs) return;
      this.provenAtMs = next.sentAtMs;
      this.fresh.shift();
    }
  }

  private onHere(id: string, number: bigint, info: Uint8Array, atMs: number): void {
    const known = this.members.get(id);
    if (known?.number === number) {
      known.seenAtMs = atMs;
      return;
    }
    this.members.set(id, { number, info, seenAtMs: atMs });
    this.watcher.onJoined(id, info);
  }

  private leave(id: string): void {
    this.members.delete(id);
    this.watcher.onLeft(id);
  }
}
