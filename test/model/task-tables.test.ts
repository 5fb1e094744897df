/** The compiled tables of the task machines say what the machines say. */

import { expect } from "chai";
import fc from "fast-check";
import { createMachine, transition, type AnyStateMachine } from "xstate";
import { getShortestPaths } from "xstate/graph";
import { compileMachine, illegal, step, type MachineTable } from "../../src/actors/task/compile.js";
import { schedulerTaskMachine } from "../../src/actors/task/scheduler-task.machine.js";
import { schedulerTaskTable, workerRunTable } from "../../src/actors/task/tables.js";
import { workerRunMachine } from "../../src/actors/task/worker-run.machine.js";
import { MachineError } from "../../src/errors.js";

const pairs: readonly (readonly [AnyStateMachine, MachineTable])[] = [
  [schedulerTaskMachine, schedulerTaskTable],
  [workerRunMachine, workerRunTable],
];

/** What XState itself makes of an event: the next state, or undefined where it does not listen. */
function byMachine(machine: AnyStateMachine, state: string, event: string): string | undefined {
  const snapshot = machine.resolveState({ value: state, context: {} });
  if (!snapshot.can({ type: event })) return undefined;
  const [next] = transition(machine, snapshot, { type: event });
  return next.value as string;
}

function byTable(table: MachineTable, state: string, event: string): string | undefined {
  const next = step(table, table.states.indexOf(state), table.events.indexOf(event));
  return next === illegal ? undefined : table.states[next];
}

for (const [machine, table] of pairs) {
  describe(`the table of ${machine.id}`, () => {
    it("has the machine's states, with the initial state and the final ones marked", () => {
      expect(table.states).to.deep.equal(Object.keys(machine.states));
      expect(table.states[table.initial]).to.equal(machine.config.initial);
      for (const [i, name] of table.states.entries()) {
        expect(table.final[i] === 1, name).to.equal(machine.states[name]?.type === "final");
      }
    });

    it("agrees with the machine on every pair of state and event", () => {
      let legal = 0;
      for (const state of table.states) {
        for (const event of table.events) {
          const expected = byMachine(machine, state, event);
          expect(byTable(table, state, event), `${state} on ${event}`).to.equal(expected);
          if (expected !== undefined) legal++;
        }
      }
      expect(legal).to.be.greaterThan(table.states.length);
    });

    it("follows the machine along every shortest path", () => {
      const paths = getShortestPaths(machine, { events: table.events.map((type) => ({ type })) });
      expect(paths.length).to.equal(table.states.length);
      for (const path of paths) {
        let state: number = table.initial;
        for (const { event } of path.steps.slice(1) as readonly {
          readonly event: { readonly type: string };
        }[])
          state = step(table, state, table.events.indexOf(event.type));
        expect(table.states[state]).to.equal(path.state.value);
      }
    });

    it("follows the machine along random walks", () => {
      const walk = fc.array(fc.constantFrom(...table.events), { maxLength: 40 });
      fc.assert(
        fc.property(walk, (events) => {
          let state = table.states[table.initial] as string;
          for (const event of events) {
            const expected = byMachine(machine, state, event);
            expect(byTable(table, state, event)).to.equal(expected);
            state = expected ?? state;
          }
        }),
        { numRuns: 200 },
      );
    });

    it("lets every state but the final ones be left", () => {
      for (const [i, name] of table.states.entries()) {
        const ways = table.events.filter((_, e) => step(table, i, e) !== illegal);
        expect(ways.length > 0, name).to.equal(table.final[i] === 0);
      }
    });
  });
}

describe("the table compiler", () => {
  const refused: readonly (readonly [string, AnyStateMachine])[] = [
    ["parallel states", createMachine({ id: "m", type: "parallel", states: { a: {}, b: {} } })],
    [
      "states inside states",
      createMachine({ id: "m", initial: "a", states: { a: { initial: "b", states: { b: {} } } } }),
    ],
    ["delays", createMachine({ id: "m", initial: "a", states: { a: { after: { 10: "b" } }, b: {} } })],
    [
      "eventless transitions",
      createMachine({ id: "m", initial: "a", states: { a: { always: "b" }, b: {} } }),
    ],
    [
      "guards",
      createMachine({
        id: "m",
        initial: "a",
        states: { a: { on: { E: { target: "b", guard: () => true } } }, b: {} },
      }),
    ],
    [
      "choices",
      createMachine({
        id: "m",
        initial: "a",
        states: { a: { on: { E: [{ target: "b" }, { target: "a" }] } }, b: {} },
      }),
    ],
    [
      "actions",
      createMachine({
        id: "m",
        initial: "a",
        states: { a: { on: { E: { target: "b", actions: () => {} } } }, b: {} },
      }),
    ],
    ["entry actions", createMachine({ id: "m", initial: "a", states: { a: { entry: () => {} } } })],
    [
      "transitions of the whole machine",
      createMachine({ id: "m", initial: "a", on: { E: ".a" }, states: { a: {} } }),
    ],
  ];
  for (const [what, machine] of refused) {
    it(`refuses ${what}, naming the machine`, () => {
      expect(() => compileMachine(machine)).to.throw(MachineError, 'Machine "m"');
    });
  }
});
