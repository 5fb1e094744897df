import { expect } from "chai";
import { withExpectations } from "./expectations.js";

const bodyOf = (code: string): string =>
  withExpectations(code)
    .replace(/^import [^;]+; /, "")
    .trimEnd();

describe("Expectations in the documentation's code", () => {
  it("compare an expression with the value behind the arrow", () => {
    expect(bodyOf("await y.compute();   // → 5")).to.equal("shows(await y.compute(), (5) as unknown);");
  });

  it("compare a declared name, and keep the declaration", () => {
    expect(bodyOf("const y: number[] = f(1); // → [1]")).to.equal(
      "const y: number[] = f(1); shows(y, ([1]) as unknown);",
    );
  });

  it("compare what is logged", () => {
    expect(bodyOf("console.log(f(1)); // → 2")).to.equal("shows(f(1), (2) as unknown);");
  });

  it("leave other comments and the number of lines alone", () => {
    const code = "f(1); // prints 2\n\ng();";
    expect(bodyOf(code)).to.equal(code);
  });
});
