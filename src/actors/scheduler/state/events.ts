/**
 * What subscribers are told of: samples of what tasks and workers do. Nothing is done, and nothing kept, while nobody
 * listens; and when more happens in one turn than may be told, the number of what was left out is told instead.
 */

import type { EventNotice } from "../../../protocol/messages.js";
import { schedulerTaskTable } from "../../task/tables.js";
import type { Erred } from "./trouble.js";

const { event, state, states } = schedulerTaskTable;

/** The topics of state changes; those not here are of no interest. */
const topicOf: (string | undefined)[] = [];
topicOf[event.ASSIGNED] = "task.assigned";
topicOf[event.FINISHED] = "task.finished";
topicOf[event.FAILED] = "task.erred";
topicOf[event.INPUT_ERRED] = "task.erred";
topicOf[event.TAKEN_BACK] = "task.takenBack";
topicOf[event.LOST] = "task.lost";
topicOf[event.NOBODY_CAN] = "task.noWorker";
topicOf[event.FORGOTTEN] = "task.forgotten";

/** What an event tells of an error's text. */
const mostErrorText = 500;

/** A task's change of state; `erred` with what it failed, when it has. */
export interface TaskStep {
  readonly key: string;
  readonly event: number;
  readonly to: number;
  readonly run: number;
  readonly worker: string | undefined;
  readonly erred: Erred | undefined;
}

export class Events {
  /** Whether anybody listens to what tasks do. */
  watched = false;
  readonly #mostPerTurn: number;
  /** What is listened to, each as often as there are listeners. */
  readonly #patterns: string[] = [];
  /** Topics asked about since the patterns last changed, and whether anybody listens to them. */
  readonly #heard = new Map<string, boolean>();
  #notices: EventNotice[] = [];
  #left = 0;

  constructor(mostPerTurn: number) {
    this.#mostPerTurn = mostPerTurn;
  }

  listen(pattern: string): void {
    this.#patterns.push(pattern);
    this.#patternsChanged();
  }

  unlisten(pattern: string): void {
    const at = this.#patterns.indexOf(pattern);
    if (at >= 0) this.#patterns.splice(at, 1);
    this.#patternsChanged();
  }

  #patternsChanged(): void {
    this.#heard.clear();
    this.watched = topicOf.some((topic) => topic !== undefined && this.#isHeard(topic));
  }

  #isHeard(topic: string): boolean {
    let heard = this.#heard.get(topic);
    if (heard === undefined) {
      heard = this.#patterns.some((pattern) => matches(pattern, topic));
      this.#heard.set(topic, heard);
    }
    return heard;
  }

  taskStepped({ key, event: number, to, run, worker, erred }: TaskStep): void {
    const topic = topicOf[number];
    if (topic === undefined || !this.#isHeard(topic)) return;
    // An error names the worker that it came from; the task is on none any more.
    const where = erred?.worker ?? worker;
    this.tell(topic, {
      key,
      state: states[to] ?? state.released,
      ...(run > 0 ? { run } : {}),
      ...(where === undefined ? {} : { worker: where }),
      ...(erred === undefined ? {} : errorData(erred, key)),
    });
  }

  tell(topic: string, data: Readonly<Record<string, unknown>>): void {
    if (this.#patterns.length === 0 || !this.#isHeard(topic)) return;
    if (this.#notices.length < this.#mostPerTurn) this.#notices.push({ kind: "event", topic, data });
    else this.#left++;
  }

  /** What there is to tell since the last call. */
  take(): readonly EventNotice[] {
    if (this.#notices.length === 0) return [];
    const notices = this.#notices;
    if (this.#left > 0) notices.push({ kind: "event", topic: "events.left", data: { count: this.#left } });
    this.#notices = [];
    this.#left = 0;
    return notices;
  }
}

/** Whether a topic is one of those that a pattern such as `task.*` or `*` means. */
export function matches(pattern: string, topic: string): boolean {
  if (pattern === topic || pattern === "*" || pattern === "") return true;
  if (topic === "events.left") return true;
  return pattern.endsWith("*") && topic.startsWith(pattern.slice(0, -1));
}

function errorData({ error, origin }: Erred, key: string): Readonly<Record<string, unknown>> {
  const text = `${error.name}: ${error.message}`;
  return {
    error: text.length > mostErrorText ? `${text.slice(0, mostErrorText)}…` : text,
    ...(origin === key ? {} : { because: origin }),
  };
}
