/** The stack of what a task threw, down to the task's own first frame. */

/** Where the library's executor lies: from its frames on, a stack tells of the engine alone. */
const engine = new URL("..", import.meta.url).pathname;

/** How V8 words the place of a function that was made from source. */
const madeFromSource = /eval at [^(]*\([^)]*\), <anonymous>/;

/** `stack` without the engine's frames, and without the place where an inline function was put together. */
export function userStack(stack: string): string {
  const lines = stack.split("\n");
  const end = lines.findIndex((line) => isFrame(line) && line.includes(engine));
  const own = end < 0 ? lines : withoutEntry(lines.slice(0, end));
  return own.map((line) => line.replace(madeFromSource, "inline function")).join("\n");
}

/** The engine calls tasks through Node's own AsyncLocalStorage. */
function withoutEntry(lines: readonly string[]): readonly string[] {
  const last = lines.at(-1);
  return last !== undefined && /^\s+at .*\(node:/.test(last) ? lines.slice(0, -1) : lines;
}

function isFrame(line: string): boolean {
  return /^\s+at /.test(line);
}
