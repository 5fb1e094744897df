/**
 * Two connections that live and die together: when either ends, the other is ended too, so that there is one answer
 * to "are we connected", and a queue of the one never outlives the other's publishing.
 */

import type { Socket } from "node:net";
import type { ChannelModel } from "amqplib";

/** The part of the library's connection that it does not tell of in its types. */
export function socketOf(model: { readonly connection: object }): Socket {
  return (model.connection as { readonly stream: Socket }).stream;
}

export class Session {
  readonly publish: ChannelModel;
  readonly consume: ChannelModel;
  private over = false;
  private isClosing = false;
  private isAlarmed = false;
  private readonly listeners: ((error: unknown) => void)[] = [];
  private readonly alarmListeners: ((alarmed: boolean) => void)[] = [];

  constructor(publish: ChannelModel, consume: ChannelModel) {
    this.publish = publish;
    this.consume = consume;
    for (const model of [publish, consume]) {
      let cause: unknown;
      model.on("error", (error) => (cause = error));
      model.on("close", (error) => {
        // When closed on purpose, each is left to say its goodbye.
        if (!this.isClosing) this.end(error ?? cause);
      });
    }
    publish.on("blocked", () => this.alarm(true));
    publish.on("unblocked", () => this.alarm(false));
  }

  get ended(): boolean {
    return this.over;
  }

  /** Told once, when either connection has ended; at once when that has been. */
  onEnd(listener: (error: unknown) => void): void {
    if (this.over) listener(undefined);
    else this.listeners.push(listener);
  }

  onAlarm(listener: (alarmed: boolean) => void): void {
    this.alarmListeners.push(listener);
    if (this.isAlarmed) listener(true);
  }

  /** Ends both in order, or by force after `withinMs`. */
  async close(withinMs: number): Promise<void> {
    if (this.over) return;
    this.isClosing = true;
    this.listeners.length = 0;
    const closed = Promise.allSettled([this.publish.close(), this.consume.close()]);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, withinMs)));
    await Promise.race([closed, late]);
    clearTimeout(timer);
    this.end(undefined);
  }

  private end(error: unknown): void {
    if (this.over) return;
    this.over = true;
    // With an error, or the library does not hear of it: requests under way would never be answered.
    for (const model of [this.publish, this.consume]) socketOf(model).destroy(new Error("the session ended"));
    for (const listener of this.listeners) listener(error);
  }

  private alarm(alarmed: boolean): void {
    this.isAlarmed = alarmed;
    for (const listener of this.alarmListeners) listener(alarmed);
  }
}
