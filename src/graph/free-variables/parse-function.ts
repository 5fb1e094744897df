/**
 * Parses what `Function.prototype.toString` gives: an arrow, a function, a class, or a method, getter or setter cut
 * out of its object or class. Whatever the form, the result is one expression that evaluates to the function.
 */

import { parse, type AnyNode, type Function as FunctionNode, type Options } from "acorn";
import { InvalidArgumentError } from "../../errors.js";

export interface ParsedFunction {
  /** The function, class or method. Positions count in `text`. */
  readonly node: AnyNode;
  /** What was parsed: the source, wrapped where the source alone is no expression. */
  readonly text: string;
  /** What stands before a method's parameters; absent for other forms. */
  readonly method: MethodHead | undefined;
  /** The text only parses by the rules for sloppy code. */
  readonly sloppy: boolean;
}

export interface MethodHead {
  readonly async: boolean;
  readonly generator: boolean;
  /** Where the parameter list begins in `text`. */
  readonly parametersAt: number;
}

/** A way to make an expression of a source, and to find the function in it again. The likely ones first. */
interface Wrapping {
  readonly before: string;
  readonly after: string;
  readonly find: (expression: AnyNode) => AnyNode | undefined;
}

const wrappings: readonly Wrapping[] = [
  { before: "(", after: "\n)", find: (expression) => expression },
  {
    before: "({",
    after: "\n})",
    find: (expression) => (expression.type === "ObjectExpression" ? only(expression.properties) : undefined),
  },
  {
    // Methods whose own name is private.
    before: "(class {",
    after: "\n})",
    find: (expression) => (expression.type === "ClassExpression" ? only(expression.body.body) : undefined),
  },
  {
    // Arrows that use the `new.target` of the function around them.
    before: "(function () { (",
    after: "\n) })",
    find: (expression) => {
      const statement = expression.type === "FunctionExpression" ? only(expression.body.body) : undefined;
      return statement?.type === "ExpressionStatement" ? statement.expression : undefined;
    },
  },
];

function only<T>(list: readonly T[]): T | undefined {
  return list.length === 1 ? list[0] : undefined;
}

/** @throws InvalidArgumentError when the source is not that of one function, as for built-in and bound ones. */
export function parseFunction(source: string): ParsedFunction {
  let problem: unknown;
  for (const sloppy of [false, true]) {
    for (const { before, after, find } of wrappings) {
      const text = before + source + after;
      try {
        const statement = only(parse(text, optionsFor(sloppy)).body);
        const node = statement?.type === "ExpressionStatement" ? find(statement.expression) : undefined;
        const method = node === undefined ? undefined : methodHead(node);
        if (node === undefined || (method === undefined && !isFunctionLike(node))) continue;
        // Else the wrapping itself was taken for part of the function, as in `x) => (y`.
        if (node.start >= before.length && node.end <= before.length + source.length) {
          return { text, node, method, sloppy };
        }
      } catch (error) {
        problem ??= error;
      }
    }
  }
  throw new InvalidArgumentError(
    `The function source ${JSON.stringify(excerpt(source))}`,
    problem instanceof Error ? `it cannot be parsed (${problem.message})` : "it is not one function",
    "Give a function written in JavaScript; built-in and bound functions have no source.",
  );
}

function optionsFor(sloppy: boolean): Options {
  return {
    ecmaVersion: "latest",
    sourceType: sloppy ? "script" : "module",
    allowImportExportEverywhere: true,
    allowSuperOutsideMethod: true,
    checkPrivateFields: false,
  };
}

function methodHead(node: AnyNode): MethodHead | undefined {
  const isMethod =
    node.type === "MethodDefinition" || (node.type === "Property" && (node.method || node.kind !== "init"));
  if (!isMethod) return undefined;
  const value = node.value as FunctionNode;
  return { async: value.async, generator: value.generator, parametersAt: value.start };
}

function isFunctionLike(node: AnyNode): boolean {
  return (
    node.type === "FunctionExpression" ||
    node.type === "ArrowFunctionExpression" ||
    node.type === "ClassExpression"
  );
}

function excerpt(source: string): string {
  return source.length > 60 ? `${source.slice(0, 59)}…` : source;
}
