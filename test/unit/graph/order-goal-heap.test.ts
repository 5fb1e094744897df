import { expect } from "chai";
import fc from "fast-check";
import { GoalHeap } from "../../../src/graph/order/goal-heap.js";

const capacity = 12;

type Step = readonly ["put", number, number, number] | readonly ["pop"] | readonly ["clear"];

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.tuple(
        fc.constant("put" as const),
        fc.nat(capacity - 1),
        fc.nat(5),
        fc.integer({ min: -9, max: 9 }),
      ),
    },
    { weight: 3, arbitrary: fc.tuple(fc.constant("pop" as const)) },
    { weight: 1, arbitrary: fc.tuple(fc.constant("clear" as const)) },
  ),
  { maxLength: 80 },
);

describe("The heap of goals", () => {
  it("always gives the most urgent goal, then the one whose turn is first, as a plain list would", () => {
    fc.assert(
      fc.property(steps, (todo) => {
        const heap = new GoalHeap(capacity);
        const list = new Map<number, readonly [urgency: number, turn: number]>();
        for (const step of todo) {
          if (step[0] === "put") {
            const [, goal, urgency, turn] = step;
            heap.put(goal, urgency, turn);
            list.set(goal, [urgency, turn]);
          } else if (step[0] === "clear") {
            heap.clear();
            list.clear();
          } else if (list.size > 0) {
            list.delete(heap.top());
            heap.pop();
          }
          if (list.size === 0) {
            expect(heap.top()).to.equal(-1);
            continue;
          }
          const first = [...list.values()].sort(([u, t], [v, s]) => u - v || t - s)[0];
          expect(list.get(heap.top())).to.deep.equal(first);
          for (let v = 0; v < capacity; v++) expect(heap.has(v)).to.equal(list.has(v));
          for (const [v, [, turn]] of list) expect(heap.turnOf(v)).to.equal(turn);
        }
      }),
      { numRuns: 500 },
    );
  });
});
