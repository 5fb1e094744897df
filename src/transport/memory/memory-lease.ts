/** Leases in memory: one holder a name, until it releases, or does not renew in time. */

import type { Clock } from "../../actors/runtime/clock.js";
import type { Lease, LeaseOptions } from "../transport.js";

interface Holding {
  readonly options: LeaseOptions;
  untilMs: number;
  disarm: () => void;
}

export class MemoryLeases {
  private readonly clock: Clock;
  private readonly holdings = new Map<string, Holding>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** A handle for one holder. `enter` rejects where its transport cannot reach the bus. */
  lease(
    name: string,
    options: LeaseOptions,
    enter: () => Promise<void>,
  ): Lease & { lose(why: string): void } {
    let mine: Holding | undefined;
    const isMine = (): boolean => mine !== undefined && this.holdings.get(name) === mine;
    const lose = (why: string): void => {
      if (!isMine()) return;
      this.end(name);
      mine = undefined;
      this.clock.defer(() => options.onLost(why));
    };
    const extend = (holding: Holding): void => {
      holding.disarm();
      holding.untilMs = this.clock.now() + options.ttlMs;
      holding.disarm = this.clock.setTimer(holding.untilMs, () => lose("it was not renewed in time"));
    };
    return {
      get held() {
        return isMine();
      },
      acquire: async () => {
        await enter();
        if (isMine()) return true;
        if (this.holdings.has(name)) return false;
        mine = { options, untilMs: 0, disarm: () => undefined };
        this.holdings.set(name, mine);
        extend(mine);
        return true;
      },
      renew: async () => {
        await enter();
        if (mine === undefined || !isMine()) return false;
        extend(mine);
        return true;
      },
      release: async () => {
        await enter();
        if (isMine()) this.end(name);
        mine = undefined;
      },
      lose,
    };
  }

  /** Takes a lease away without telling its holder, as a partition would. */
  steal(name: string): void {
    this.end(name);
  }

  private end(name: string): void {
    this.holdings.get(name)?.disarm();
    this.holdings.delete(name);
  }
}
