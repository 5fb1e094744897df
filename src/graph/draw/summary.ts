/**
 * The drawing of a graph too large to be laid out: all tasks of one name are one box, all arrows between two such
 * boxes are one arrow, and both say how many they stand for.
 */

import type { Graph } from "../graph.js";
import { idsOf, type GraphIndex } from "../graph-index.js";
import { keyPrefix } from "../key-name.js";
import { orderOf } from "../order/order.js";
import { colourOfName, colourOfPlace, colourOfState, pale, type Colour } from "./colour.js";
import { nameOf, shapeOf } from "./draw-graph.js";
import type { Arrow, Box, BoxShape, Drawing } from "./drawing.js";
import { checkDrawOptions, stateLookup, type DrawOptions } from "./options.js";
import { printable } from "./printable.js";
import { cut } from "./text.js";

/** More boxes would be as unreadable as the graph itself: the rarest names share one. */
const mostGroups = 150;

interface Group {
  readonly name: string;
  readonly shape: BoxShape;
  readonly members: number[];
}

/** @throws MissingKeyError, CycleError (coloured by order only), InvalidArgumentError for a wrong option. */
export function summaryOf(graph: Graph, options: DrawOptions): Drawing {
  checkDrawOptions(options);
  const index = graph.index();
  const outputs = new Set(idsOf(index, options.outputs ?? []));
  const groups = groupsOf(index);
  const groupOf = new Int32Array(index.size);
  groups.forEach(({ members }, at) => members.forEach((member) => (groupOf[member] = at)));
  const colour = colouring(index, options);
  const idAt = (at: number): string => `${groups[at]?.shape} ${groups[at]?.name}`;
  const note = `${amount(index.size)} keys, drawn by name: too many to draw one by one`;
  return {
    title: options.title === undefined ? note : `${options.title}\n${note}`,
    direction: options.rankdir ?? "TB",
    size: groups.length,
    idAt,
    boxes: () =>
      groups.map((group, at): Box => ({
        id: idAt(at),
        lines: [cut(printable(group.name)), `× ${amount(group.members.length)}`],
        shape: group.shape === "task" ? "group" : group.shape,
        colour: colour(group),
        isOutput: group.members.some((member) => outputs.has(member)),
      })),
    arrows: () => arrowsBetween(index, groupOf, groups.length),
  };
}

function groupsOf(index: GraphIndex): Group[] {
  const byName = new Map<string, Group>();
  for (let at = 0; at < index.size; at++) {
    const key = index.keys[at] as string;
    const node = index.nodes[at];
    const shape = shapeOf(node);
    const name = shape === "task" ? nameOf(key, node) : keyPrefix(key);
    const group = byName.get(`${shape} ${name}`);
    if (group === undefined) byName.set(`${shape} ${name}`, { name, shape, members: [at] });
    else group.members.push(at);
  }
  const groups = [...byName.values()];
  if (groups.length <= mostGroups) return groups;
  const bySize = groups.toSorted((a, b) => b.members.length - a.members.length);
  const rest = bySize.slice(mostGroups - 1);
  const members = rest.flatMap((group) => group.members);
  return [
    ...bySize.slice(0, mostGroups - 1),
    { name: `${amount(rest.length)} other names`, shape: "task", members },
  ];
}

function* arrowsBetween(index: GraphIndex, groupOf: Int32Array, groups: number): Iterable<Arrow> {
  const { size, depStart, dataEnd, dep } = index;
  const counts = new Map<number, number>();
  for (let at = 0; at < size; at++) {
    for (let e = depStart[at]!; e < depStart[at + 1]!; e++) {
      const control = e >= dataEnd[at]! ? 1 : 0;
      const pair = (groupOf[dep[e]!]! * groups + groupOf[at]!) * 2 + control;
      counts.set(pair, (counts.get(pair) ?? 0) + 1);
    }
  }
  for (const [pair, count] of counts) {
    const ends = Math.floor(pair / 2);
    yield {
      from: Math.floor(ends / groups),
      to: ends % groups,
      isControl: pair % 2 === 1,
      ...(count > 1 && { label: `× ${amount(count)}` }),
    };
  }
}

/** By name; by the mean place in the order; or by the state that most members have. */
function colouring(index: GraphIndex, options: DrawOptions): (group: Group) => Colour {
  if (options.color === "state") {
    const stateOf = stateLookup(options.states);
    return ({ members }) => {
      const counts = new Map<string | undefined, number>();
      for (const member of members) {
        const state = stateOf(index.keys[member] as string);
        counts.set(state, (counts.get(state) ?? 0) + 1);
      }
      const [most] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a));
      return colourOfState(most);
    };
  }
  if (options.color === "order") {
    const rank = orderOf(index);
    const last = Math.max(1, index.size - 1);
    return ({ members }) =>
      colourOfPlace(members.reduce((sum, member) => sum + rank[member]!, 0) / members.length / last);
  }
  return ({ name, shape }) => (shape === "task" ? colourOfName(name) : pale);
}

/** With thin spaces between thousands. */
function amount(count: number): string {
  return String(count).replaceAll(/(?<=\d)(?=(\d{3})+$)/g, "\u2009");
}
