/** Graphs coming in: parts are put together, checked as a whole, and accepted or refused as a whole. */

import type { SkeinError } from "../../../errors.js";
import { InvalidArgumentError, MissingKeyError } from "../../../errors.js";
import type { Submit, TaskColumns } from "../../../protocol/messages.js";
import type { ClientRecord } from "../state/client-record.js";
import { defineGraph, type Draft } from "./define.js";
import type { SchedulerState } from "../state/state.js";
import { addWant } from "../tasks/wants.js";
import { wireError } from "../wire.js";

/** One part of a graph, perhaps the only one. */
export function takeSubmit(s: SchedulerState, client: ClientRecord, message: Submit): void {
  const { tasks, graphId } = message;
  if (tasks.from === 0 && tasks.keys.length === tasks.total) {
    buildGraph(s, client, [message]);
    return;
  }
  const id = `${client.peer} ${graphId}`;
  let assembly = s.assemblies.get(id);
  if (assembly === undefined) {
    assembly = { client, parts: new Map() };
    s.assemblies.set(id, assembly);
  }
  assembly.parts.set(tasks.from, message);
  const parts = [...assembly.parts.values()].sort((a, b) => a.tasks.from - b.tasks.from);
  let next = 0;
  for (const part of parts) if (part.tasks.from === next) next += part.tasks.keys.length;
  if (next < tasks.total) return;
  s.assemblies.delete(id);
  buildGraph(s, client, parts);
}

/** The client begins its story anew: parts that came before may lack others that were lost. */
export function dropAssemblies(s: SchedulerState, client: ClientRecord): void {
  for (const [id, assembly] of s.assemblies) if (assembly.client === client) s.assemblies.delete(id);
}

function buildGraph(s: SchedulerState, client: ClientRecord, parts: readonly Submit[]): void {
  const { graphId } = parts[0]!;
  const problem = misshapen(parts);
  if (problem !== undefined) {
    refuse(
      s,
      client,
      graphId,
      new InvalidArgumentError("the submitted graph", problem, "Use one version of Skein on both sides."),
    );
    return;
  }
  const missing = missingExternal(s, parts);
  if (missing !== undefined) {
    if (s.life.recovering) s.recovery.graphs.push({ client, parts });
    else refuse(s, client, graphId, missing);
    return;
  }
  const draft = defineGraph(s, parts);
  if (draft.problem !== undefined) {
    refuse(s, client, graphId, draft.problem);
    return;
  }
  s.out.push({ type: "send", to: client.peer, message: { kind: "accepted", graphId } });
  for (const part of parts) {
    for (const number of part.wants) addWant(s, draft.slots[number]!, client.index);
  }
  grantEarlyWants(s, draft);
  forgetUnwanted(s, draft);
  if (s.recovery.graphs.length > 0) retryEarlyGraphs(s);
}

/** Graphs that wait for keys of others are looked at again. */
export function retryEarlyGraphs(s: SchedulerState): void {
  const { graphs } = s.recovery;
  if (graphs.length === 0) return;
  s.recovery.graphs = [];
  for (const { client, parts } of graphs) buildGraph(s, client, parts);
}

/** No key is waited for any more: graphs that lack some are refused. */
export function settleEarlyGraphs(s: SchedulerState): void {
  const { graphs } = s.recovery;
  s.recovery.graphs = [];
  for (const { client, parts } of graphs) buildGraph(s, client, parts);
}

function grantEarlyWants(s: SchedulerState, draft: Draft): void {
  if (s.recovery.wants.size === 0) return;
  for (const slot of draft.slots) {
    const key = s.tasks.keys[slot]!;
    for (const client of s.recovery.wants.get(key) ?? []) addWant(s, slot, client.index);
    s.recovery.wants.delete(key);
  }
}

/** What was defined and nobody wants or needs is not kept. */
function forgetUnwanted(s: SchedulerState, { created }: Draft): void {
  const { tasks } = s;
  for (let i = 0; i < created.length; i++) {
    const slot = created.items[i]!;
    if (tasks.dependents[slot] === 0 && tasks.firstWant[slot]! < 0) s.toForget.push(slot);
  }
}

function refuse(s: SchedulerState, client: ClientRecord, graphId: string, error: SkeinError): void {
  const message = { kind: "refused", graphId, error: wireError(error, "refused") } as const;
  s.out.push({ type: "send", to: client.peer, message });
}

/** A key that the graph refers to and that is nowhere, with the task that refers to it. */
function missingExternal(s: SchedulerState, parts: readonly Submit[]): MissingKeyError | undefined {
  for (const { tasks } of parts) {
    for (const [j, key] of tasks.externals.entries()) {
      if (s.keys.get(key) >= 0 || s.recovery.values.has(key)) continue;
      return new MissingKeyError(key, dependentOn(tasks, tasks.total + j));
    }
  }
  return undefined;
}

function dependentOn(tasks: TaskColumns, number: number): string | undefined {
  const edge = tasks.dep.indexOf(number);
  if (edge < 0) return undefined;
  return tasks.keys[tasks.depStart.findLastIndex((start) => start <= edge)];
}

/** What is wrong with the numbers in the columns, if anything; the content is checked when it is defined. */
function misshapen(parts: readonly Submit[]): string | undefined {
  const { total } = parts[0]!.tasks;
  let next = 0;
  for (const { tasks, wants } of parts) {
    const n = tasks.keys.length;
    if (tasks.total !== total || tasks.from !== next) return "its parts do not fit together";
    next += n;
    if (tasks.depStart.length !== n + 1 || tasks.argStart.length !== n + 1 || tasks.rank.length !== n) {
      return "its columns differ in length";
    }
    const numbers = total + tasks.externals.length;
    if (tasks.dep.some((number) => number >= numbers)) return "a dependency is past the end";
    if (wants.some((number) => number >= total)) return "a wanted task is past the end";
  }
  return next === total ? undefined : "parts are missing";
}
