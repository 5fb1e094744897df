import { expect } from "chai";
import { Ledger } from "../../src/testing/simulation/ledger.js";
import { Oracle } from "../../src/testing/simulation/oracle.js";
import {
  decodeNumber,
  encodeNumber,
  valueOf,
  type SimulatedTask,
} from "../../src/testing/simulation/simulated-task.js";

const taskOf = (
  key: string,
  inputs: readonly string[],
  extra: Partial<SimulatedTask> = {},
): SimulatedTask => ({
  key,
  inputs,
  after: [],
  salt: key.length * 7919 + key.charCodeAt(0),
  fn: "mix",
  isLiteral: false,
  argsAreRefs: false,
  pure: true,
  durationMs: 1,
  nbytes: 8,
  failures: 0,
  secedes: false,
  isDeaf: false,
  options: undefined,
  ...extra,
});

const a = taskOf("a", []);
const b = taskOf("b", []);
const sum = taskOf("sum", ["a", "b"]);
const impure = taskOf("impure", [], { pure: false });
const tasks = [a, b, sum, impure];

function books(): { readonly ledger: Ledger; readonly oracle: Oracle } {
  const oracle = new Oracle();
  oracle.add(tasks);
  return { ledger: new Ledger(oracle), oracle };
}

describe("the books of a simulation", () => {
  it("follow a graph that is run as it should be", () => {
    const { ledger, oracle } = books();
    const one = encodeNumber(ledger.begin(1, a, [], [], "w1"), 8);
    const two = encodeNumber(ledger.begin(2, b, [], [], "w2"), 8);
    const value = ledger.begin(3, sum, [1, 2], [one, two], "w1");
    expect(value).to.equal(oracle.of("sum").value);
    expect(ledger.read("sum", 3, encodeNumber(value, 8), "c1")).to.equal(value);
  });

  it("refuse a run that begins twice, also elsewhere", () => {
    const { ledger } = books();
    ledger.begin(1, a, [], [], "w1");
    expect(() => ledger.begin(1, a, [], [], "w2")).to.throw("I5");
  });

  it("refuse inputs that are swapped, missing, or of the wrong task", () => {
    const { ledger } = books();
    const one = encodeNumber(ledger.begin(1, a, [], [], "w1"), 8);
    const two = encodeNumber(ledger.begin(2, b, [], [], "w1"), 8);
    expect(() => ledger.begin(3, sum, [2, 1], [two, one], "w1")).to.throw("I3");
    expect(() => ledger.begin(4, sum, [1], [one], "w1")).to.throw("I4");
    expect(() => ledger.begin(5, sum, [1, 1], [one, one], "w1")).to.throw("I3");
  });

  it("refuse a value that is damaged, cut short, or that nobody made", () => {
    const { ledger } = books();
    const bytes = encodeNumber(ledger.begin(1, a, [], [], "w1"), 8);
    const damaged = bytes.slice();
    damaged[6]! ^= 1;
    expect(() => ledger.read("a", 1, damaged, "c1")).to.throw("damaged");
    expect(() => ledger.read("a", 1, bytes.slice(0, 6), "c1")).to.throw("6 bytes");
    expect(() => ledger.read("a", 9, bytes, "c1")).to.throw("nobody made");
  });

  it("tell the values of an impure task's attempts apart", () => {
    const { ledger } = books();
    const first = encodeNumber(ledger.begin(1, impure, [], [], "w1"), 8);
    const second = encodeNumber(ledger.begin(2, impure, [], [], "w1"), 8);
    expect(first).to.not.deep.equal(second);
    expect(() => ledger.read("impure", 2, first, "c1")).to.throw("I3");
  });

  it("expect no value of what depends on an impure task, and the failure of what depends on one that fails", () => {
    const { oracle } = books();
    oracle.add([
      taskOf("after impure", ["impure"]),
      taskOf("fails", [], { failures: Infinity }),
      taskOf("after it", ["fails", "a"]),
    ]);
    expect(oracle.of("after impure").value).to.equal(undefined);
    expect([...oracle.of("after it").culprits]).to.deep.equal(["fails"]);
    expect([...oracle.of("sum").culprits]).to.deep.equal([]);
  });

  it("write a number so that every byte of it counts", () => {
    const value = valueOf(a, [], 0);
    expect(decodeNumber(encodeNumber(value, 500))).to.equal(value);
    expect(decodeNumber(new Uint8Array(3))).to.equal(undefined);
  });
});
