/**
 * A region of source and the names it binds. What is no variable but bound all the same goes by a name no variable
 * can have: `this`, `super`, `new.target`, and private names with their `#`.
 */
export interface Scope {
  readonly parent: Scope | undefined;
  readonly names: Set<string>;
  /** The scope that a `var` written here belongs to. */
  readonly vars: Scope;
}

/** A region that keeps `let`, `const` and `class` to itself but hands `var` outwards. */
export function blockScope(parent: Scope, ...names: readonly string[]): Scope {
  return { parent, names: new Set(names), vars: parent.vars };
}

/** A region that keeps every declaration: a function's body, a static block, a field's value. */
export function closedScope(parent: Scope | undefined, ...names: readonly string[]): Scope {
  const scope = { parent, names: new Set(names) } as {
    parent: Scope | undefined;
    names: Set<string>;
    vars: Scope;
  };
  scope.vars = scope;
  return scope;
}

/** Whether `name` is bound in `scope` or around it. */
export function isBound(name: string, scope: Scope): boolean {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent)
    if (at.names.has(name)) return true;
  return false;
}
