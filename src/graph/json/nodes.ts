/** What stands under a graph's keys, written and read. */

import { InvalidArgumentError } from "../../errors.js";
import type { AnyFunction } from "../functions.js";
import { fusedOf, Fused } from "../passes/fused.js";
import type { Part } from "../passes/part-program.js";
import { referencedKeys } from "../references.js";
import { checkTaskOptions, Task, type TaskOptions } from "../task.js";
import { malformed } from "./cell-reader.js";
import { list, record, type GraphReader } from "./graph-reader.js";
import type { GraphWriter } from "./graph-writer.js";
import type { NodeJson } from "./slots.js";

/** @param where names the node in errors. */
export function nodeToJson(node: unknown, writer: GraphWriter, where: string): NodeJson {
  if (!(node instanceof Task)) return writer.slot(node, where);
  const { controls, options } = node;
  const rest = {
    ...(controls.length > 0 && { after: controls }),
    ...(Object.keys(options).length > 0 && { options: writer.slot(options, `${where}.options`) }),
  };
  if (node instanceof Fused) {
    const parts = node.parts.map(
      ({ key, task }) => [key, nodeToJson(task, writer, `${where}.${JSON.stringify(key)}`)] as const,
    );
    return { fused: parts, ...rest };
  }
  return {
    task: writer.slot(node.fn, `${where}.fn`),
    args: node.args.map((arg, at) => writer.slot(arg, `${where}.args[${at}]`)),
    ...rest,
  };
}

export function nodeFromJson(json: unknown, reader: GraphReader, path: string): unknown {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return reader.value(json, path);
  const node = record(json, path);
  const controls = node["after"] === undefined ? [] : keys(node["after"], `${path}.after`);
  const options = optionsOf(node["options"], reader, `${path}.options`);
  if ("fused" in node) return readFused(node["fused"], { controls, options }, reader, `${path}.fused`);
  const fn = reader.value(node["task"], `${path}.task`);
  if (typeof fn !== "function") throw malformed(`${path}.task`, "a function is expected");
  const args = list(node["args"], `${path}.args`).map((arg, at) => reader.value(arg, `${path}.args[${at}]`));
  return new Task(
    fn as AnyFunction,
    args,
    referencedKeys(args, `Graph.fromJSON(json): ${path}`),
    controls,
    options,
  );
}

interface Extra {
  readonly controls: readonly string[];
  readonly options: TaskOptions;
}

function readFused(json: unknown, extra: Extra, reader: GraphReader, path: string): Fused {
  const parts = list(json, path).map((entry, at): Part => {
    const [key, node] = list(entry, `${path}[${at}]`);
    const task = nodeFromJson(node, reader, `${path}[${at}][1]`);
    if (typeof key !== "string" || key === "") throw malformed(`${path}[${at}][0]`, "a key is expected");
    if (!(task instanceof Task)) throw malformed(`${path}[${at}][1]`, "a task is expected");
    return { key, task };
  });
  return naming(path, () => fusedOf(parts, extra));
}

function optionsOf(json: unknown, reader: GraphReader, path: string): TaskOptions {
  if (json === undefined) return {};
  const options = reader.value(json, path);
  return naming(path, () => checkTaskOptions(record(options, path) as TaskOptions, "task.with"));
}

function keys(json: unknown, path: string): readonly string[] {
  return list(json, path).map((key, at) => {
    if (typeof key !== "string" || key === "") throw malformed(`${path}[${at}]`, "a key is expected");
    return key;
  });
}

/** What `read` refuses is a fault of the JSON at `path`. */
function naming<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof InvalidArgumentError ? malformed(path, error.message) : error;
  }
}
