/**
 * Turns the results that documentation shows into assertions.
 *
 * A line that ends in an arrow comment promises a value:
 *
 *     await add(1, 2).compute(); // → 3
 *     const [a, b] = [1, 2];     // not checked: no arrow
 *     const sum = 1 + 2;         // → 3
 *     console.log(sum);          // → 3
 *
 * Each line stays where it is, so that messages about the block's code name the right line.
 */

const promise = /^(\s*)(.+?);\s*\/\/ → (.+)$/;
const declaration = /^(?:const|let)\s+(\w+)\b[^=]*=/;
const logged = /^console\.log\((.+)\)$/;

export function withExpectations(code: string): string {
  const lines = code.split("\n").map(expectLine);
  return `import { deepStrictEqual as shows } from "node:assert/strict"; ${lines.join("\n")}\n`;
}

function expectLine(line: string): string {
  const match = promise.exec(line);
  if (match === null) return line;
  const [, indent = "", statement = "", value = ""] = match;
  const expected = `(${value}) as unknown`;
  const name = declaration.exec(statement)?.[1];
  if (name !== undefined) return `${indent}${statement}; shows(${name}, ${expected});`;
  return `${indent}shows(${logged.exec(statement)?.[1] ?? statement}, ${expected});`;
}
