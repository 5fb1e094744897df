/**
 * Walks a function's syntax tree, notes every name each scope binds and every use of a name, and then tells which
 * uses no scope binds.
 *
 * Two passes in one: while walking, uses are only noted with the scope they stand in; they are resolved after the
 * whole tree was seen, when hoisted declarations are known. The walk keeps its own stack.
 */

import type { AnyNode, CallExpression, Class, Function as FunctionNode, Identifier, Pattern } from "acorn";
import { blockScope, closedScope, isBound, type Scope } from "./scope.js";

export interface FreeUse {
  readonly name: string;
  readonly at: number;
}

export interface WalkResult {
  /** Uses of names from outside, in order of the source. */
  readonly free: readonly FreeUse[];
  /** Names that stand under `typeof` and are not bound inside. */
  readonly probed: ReadonlySet<string>;
  /** Calls `__name(value, "name")`, which esbuild writes to keep names; only where `__name` is not bound inside. */
  readonly nameCalls: readonly CallExpression[];
}

interface Use extends FreeUse {
  readonly scope: Scope;
}

/** The helper by which esbuild, and so tsx, keeps the names of functions and classes. */
const nameHelper = "__name";

export function walkScopes(root: AnyNode, sloppy: boolean): WalkResult {
  const walk = new ScopeWalk(sloppy);
  walk.run(root);
  const free = walk.uses.filter((use) => !isBound(use.name, use.scope)).sort((a, b) => a.at - b.at);
  const probed = new Set(walk.probes.filter((use) => !isBound(use.name, use.scope)).map((use) => use.name));
  const nameCalls = walk.nameCalls.filter(({ scope }) => !isBound(nameHelper, scope)).map(({ call }) => call);
  return { free, probed, nameCalls };
}

class ScopeWalk {
  readonly uses: Use[] = [];
  readonly probes: Use[] = [];
  readonly nameCalls: { readonly call: CallExpression; readonly scope: Scope }[] = [];
  readonly #sloppy: boolean;
  readonly #stack: [AnyNode, Scope][] = [];

  constructor(sloppy: boolean) {
    this.#sloppy = sloppy;
  }

  run(root: AnyNode): void {
    const outside = closedScope(undefined);
    if (root.type === "Property" || root.type === "MethodDefinition") {
      // The key of a method is not part of what it does; its `super` belongs to an object that stays behind.
      this.#function(root.value as FunctionNode, outside);
    } else this.#push(root, outside);
    for (let top = this.#stack.pop(); top !== undefined; top = this.#stack.pop()) this.#visit(top[0], top[1]);
  }

  #push(node: AnyNode | null | undefined, scope: Scope): void {
    if (node !== null && node !== undefined) this.#stack.push([node, scope]);
  }

  #pushAll(nodes: readonly (AnyNode | null)[], scope: Scope): void {
    for (const node of nodes) this.#push(node, scope);
  }

  #use(name: string, at: number, scope: Scope): void {
    this.uses.push({ name, at, scope });
  }

  #visit(node: AnyNode, scope: Scope): void {
    switch (node.type) {
      case "Identifier":
        this.#use(node.name, node.start, scope);
        break;
      case "ThisExpression":
        this.#use("this", node.start, scope);
        break;
      case "Super":
        this.#use("super", node.start, scope);
        break;
      case "MetaProperty":
        this.#use(`${node.meta.name}.${node.property.name}`, node.start, scope);
        break;
      case "PrivateIdentifier":
        this.#use(`#${node.name}`, node.start, scope);
        break;
      case "Literal":
      case "BreakStatement":
      case "ContinueStatement":
        break;
      case "LabeledStatement":
        this.#push(node.body, scope);
        break;
      case "MemberExpression":
        this.#push(node.object, scope);
        if (node.computed || node.property.type === "PrivateIdentifier") this.#push(node.property, scope);
        break;
      case "Property":
        if (node.computed) this.#push(node.key, scope);
        if (node.method || node.kind !== "init") {
          this.#function(node.value as FunctionNode, blockScope(scope, "super"));
        } else this.#push(node.value, scope);
        break;
      case "FunctionDeclaration":
        this.#declareFunction(node, scope);
        this.#function(node, scope);
        break;
      case "FunctionExpression":
        this.#function(node, node.id ? blockScope(scope, node.id.name) : scope);
        break;
      case "ArrowFunctionExpression":
        this.#function(node, scope);
        break;
      case "ClassDeclaration":
        if (node.id) scope.names.add(node.id.name);
        this.#class(node, scope);
        break;
      case "ClassExpression":
        this.#class(node, scope);
        break;
      case "VariableDeclaration":
        for (const { id, init } of node.declarations) {
          this.#bind(id, node.kind === "var" ? scope.vars : scope, scope);
          this.#push(init, scope);
        }
        break;
      case "BlockStatement":
        this.#pushAll(node.body, blockScope(scope));
        break;
      case "ForStatement":
      case "ForInStatement":
      case "ForOfStatement":
        this.#children(node, blockScope(scope));
        break;
      case "SwitchStatement":
        this.#push(node.discriminant, scope);
        this.#pushAll(node.cases, blockScope(scope));
        break;
      case "CatchClause": {
        const inner = blockScope(scope);
        if (node.param) this.#bind(node.param, inner, inner);
        this.#push(node.body, inner);
        break;
      }
      case "UnaryExpression":
        if (node.operator === "typeof" && node.argument.type === "Identifier") {
          this.probes.push({ name: node.argument.name, at: node.start, scope });
        }
        this.#push(node.argument, scope);
        break;
      case "CallExpression":
        if (isNameCall(node)) this.nameCalls.push({ call: node, scope });
        this.#children(node, scope);
        break;
      case "ImportExpression":
        if (node.source.type === "Literal" && /^(\.{1,2}\/|#)/.test(String(node.source.value))) {
          // Relative to the file the function was written in, which is not where it will run.
          this.#use(`import(${JSON.stringify(node.source.value)})`, node.start, scope);
        }
        this.#children(node, scope);
        break;
      default:
        this.#children(node, scope);
    }
  }

  /** Every node directly inside `node`, whatever it is. */
  #children(node: AnyNode, scope: Scope): void {
    for (const part of Object.values(node) as unknown[]) {
      if (isNode(part)) this.#push(part, scope);
      else if (Array.isArray(part))
        for (const item of part as unknown[]) if (isNode(item)) this.#push(item, scope);
    }
  }

  /**
   * Parameters have a scope of their own around the body's: a default value sees the other parameters, never the
   * body's variables.
   */
  #function(node: FunctionNode, around: Scope): void {
    const isArrow = node.type === "ArrowFunctionExpression";
    const parameters = isArrow ? closedScope(around) : closedScope(around, "this", "arguments", "new.target");
    for (const parameter of node.params) this.#bind(parameter, parameters, parameters);
    if (node.body.type === "BlockStatement") this.#pushAll(node.body.body, closedScope(parameters));
    else this.#push(node.body, parameters);
  }

  /** In sloppy code a function declared in a block is visible in the whole function around it, too. */
  #declareFunction(node: { readonly id: Identifier | null }, scope: Scope): void {
    if (node.id === null) return;
    scope.names.add(node.id.name);
    if (this.#sloppy) scope.vars.names.add(node.id.name);
  }

  #class(node: Class, around: Scope): void {
    const scope = blockScope(around);
    if (node.id) scope.names.add(node.id.name);
    this.#push(node.superClass, scope);
    for (const member of node.body.body) {
      if (member.type === "StaticBlock") {
        this.#pushAll(member.body, closedScope(scope, "this", "super", "new.target"));
        continue;
      }
      if (member.key.type === "PrivateIdentifier") scope.names.add(`#${member.key.name}`);
      else if (member.computed) this.#push(member.key, scope);
      if (member.type === "MethodDefinition") this.#function(member.value, blockScope(scope, "super"));
      else this.#push(member.value, closedScope(scope, "this", "super", "new.target"));
    }
  }

  /** Binds the names of a pattern in `scope`; its default values and computed keys are read in `reads`. */
  #bind(pattern: Pattern, scope: Scope, reads: Scope): void {
    const pending: Pattern[] = [pattern];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      switch (next.type) {
        case "Identifier":
          scope.names.add(next.name);
          break;
        case "AssignmentPattern":
          this.#push(next.right, reads);
          pending.push(next.left);
          break;
        case "RestElement":
          pending.push(next.argument);
          break;
        case "ArrayPattern":
          for (const element of next.elements) if (element !== null) pending.push(element);
          break;
        case "ObjectPattern":
          for (const property of next.properties) {
            if (property.type === "RestElement") pending.push(property.argument);
            else {
              if (property.computed) this.#push(property.key, reads);
              pending.push(property.value);
            }
          }
          break;
        case "MemberExpression":
          this.#push(next, reads);
      }
    }
  }
}

function isNode(value: unknown): value is AnyNode {
  return (
    typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string"
  );
}

function isNameCall(node: CallExpression): boolean {
  const [value, name] = node.arguments;
  return (
    node.callee.type === "Identifier" &&
    node.callee.name === nameHelper &&
    node.arguments.length === 2 &&
    value !== undefined &&
    value.type !== "SpreadElement" &&
    name?.type === "Literal" &&
    typeof name.value === "string"
  );
}
