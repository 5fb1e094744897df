import { expect } from "chai";
import { transition } from "xstate";
import { linkTable } from "../../../src/actors/link/link.core.js";
import { linkMachine } from "../../../src/actors/link/link.machine.js";
import { illegal, step } from "../../../src/actors/task/compile.js";

describe("The link's statechart", () => {
  it("starts closed and knows the states of the protocol, no others", () => {
    expect(linkTable.states).to.deep.equal(["closed", "syncing", "open", "full"]);
    expect(linkTable.states[linkTable.initial]).to.equal("closed");
  });

  for (const from of linkTable.states) {
    for (const event of linkTable.events) {
      it(`and the core's table agree on ${event} when ${from}`, () => {
        const snapshot = linkMachine.resolveState({ value: from });
        const [next] = transition(linkMachine, snapshot, { type: event });
        const stepped = step(linkTable, linkTable.state[from], linkTable.event[event]);
        const isListed = Object.hasOwn(linkMachine.root.states[from]?.config.on ?? {}, event);
        expect(stepped === illegal).to.equal(!isListed);
        expect(stepped === illegal ? from : linkTable.states[stepped]).to.equal(next.value);
      });
    }
  }

  it("can come to every state", () => {
    const reached = new Set<(typeof linkTable.states)[number]>(["closed"]);
    for (const state of reached) {
      for (const event of linkTable.events) {
        const snapshot = linkMachine.resolveState({ value: state });
        reached.add(transition(linkMachine, snapshot, { type: event })[0].value);
      }
    }
    expect([...reached]).to.have.members([...linkTable.states]);
  });
});
