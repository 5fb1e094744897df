/**
 * Functions that stand on their own, in every form a source can take, each with arguments and the result they give.
 * The tests load this file as tsx, tsc and esbuild compile it, and as plain JavaScript.
 */

/* oxlint-disable typescript/unbound-method, eslint/object-shorthand -- methods without their object, and the several
   ways to write one, are what this file is about */

export interface Sample {
  readonly fn: (...args: never[]) => unknown;
  readonly args: readonly unknown[];
  readonly result: unknown;
}

class Holder {
  method(x: number): number {
    return x + 1;
  }
  async asyncMethod(x: number): Promise<number> {
    const twice = (n: number): number => n * 2;
    return twice(await Promise.resolve(x));
  }
  *generatorMethod(n: number): Generator<number> {
    for (let i = 0; i < n; i++) yield i;
  }
  static staticMethod(x: number): string {
    return `static ${x}`;
  }
  get accessor(): string {
    return "got";
  }
  ["computed name"](x: number): number {
    return x - 1;
  }
}

const literal = {
  shorthand(x: number): number {
    return x * 3;
  },
  async(x: number): number {
    return x * 4;
  },
  get(x: number): number {
    return x * 5;
  },
  function(x: number): number {
    return x * 6;
  },
  arrow: (x: number): number => x * 7,
};

function declared(n: number): number {
  return n <= 1 ? 1 : n * declared(n - 1);
}

const named = function self(n: number): number {
  return n <= 0 ? 0 : n + self(n - 1);
};

function descriptorGetter(): (...args: never[]) => unknown {
  const found = Object.getOwnPropertyDescriptor(Holder.prototype, "accessor")?.get;
  if (found === undefined) throw new Error("no accessor");
  return found;
}

export const samples: Readonly<Record<string, Sample>> = {
  arrow: { fn: (x: number) => x + 1, args: [1], result: 2 },
  "arrow that gives an object": { fn: (x: number) => ({ x }), args: [1], result: { x: 1 } },
  "async arrow": { fn: async (x: number) => (await Promise.resolve(x)) + 1, args: [1], result: 2 },
  "anonymous function": {
    fn: function (a: number, b: number) {
      return a - b;
    },
    args: [5, 3],
    result: 2,
  },
  "function named in its own expression": { fn: named, args: [4], result: 10 },
  method: { fn: Holder.prototype.method, args: [1], result: 2 },
  "async method with an inner arrow": { fn: Holder.prototype.asyncMethod, args: [4], result: 8 },
  "static method": { fn: Holder.staticMethod, args: [1], result: "static 1" },
  getter: { fn: descriptorGetter(), args: [], result: "got" },
  "method under a computed name": { fn: Holder.prototype["computed name"], args: [1], result: 0 },
  "shorthand method": { fn: literal.shorthand, args: [2], result: 6 },
  "method named async": { fn: literal.async, args: [2], result: 8 },
  "method named get": { fn: literal.get, args: [2], result: 10 },
  "method named function": { fn: literal.function, args: [2], result: 12 },
  "arrow in an object": { fn: literal.arrow, args: [2], result: 14 },
  "nested named functions": {
    fn: (n: number) => {
      const double = (x: number): number => x * 2;
      function triple(x: number): number {
        return x * 3;
      }
      const six = function (x: number): number {
        return double(triple(x));
      };
      return [double.name, triple.name, six.name, six(n)];
    },
    args: [2],
    result: ["double", "triple", "six", 12],
  },
  "nested class": {
    fn: (n: number) => {
      class Counter {
        static #made = 0;
        #count = 0;
        static {
          Counter.#made = 10;
        }
        add(by: number): this {
          this.#count += by;
          return this;
        }
        get total(): number {
          return this.#count + Counter.#made;
        }
      }
      return [Counter.name, new Counter().add(n).add(n).total];
    },
    args: [2],
    result: ["Counter", 14],
  },
  "destructuring with defaults": {
    fn: (
      { a = 1, b: [c = a, ...rest] = [] as number[] }: { a?: number; b?: number[] },
      { length }: { length: number } = "abc",
    ) => [a, c, rest, length],
    args: [{ b: [7, 8, 9] }],
    result: [1, 7, [8, 9], 3],
  },
  "template literals and regular expressions": {
    fn: (s: string) => `<${s.replace(/\/\*outer*/g, (m) => `[${m}]`)}>`,
    args: ["a/*outer"],
    result: "<a[/*outer]>",
  },
  "quotes and line ends in strings": {
    fn: () => ["`", "\"'", "\n", "//# sourceMappingURL=x.js"],
    args: [],
    result: ["`", "\"'", "\n", "//# sourceMappingURL=x.js"],
  },
  "optional chaining and nullish coalescing": {
    fn: (o: { a?: { b?: number } } | undefined) => o?.a?.b ?? -1,
    args: [undefined],
    result: -1,
  },
  "labels, switch and catch": {
    fn: (n: number) => {
      let out = "";
      outer: for (const i of [0, 1, 2]) {
        switch (i) {
          case 1: {
            const text = "one";
            out += text;
            break;
          }
          default:
            if (i === n) break outer;
            out += String(i);
        }
      }
      try {
        throw new Error(out);
      } catch (error) {
        const { message } = error as Error;
        return message;
      }
    },
    args: [2],
    result: "0one",
  },
  "asking where it runs": {
    fn: () => (typeof window === "undefined" ? "elsewhere" : window.name),
    args: [],
    result: "elsewhere",
  },
  "dynamic import": {
    fn: async (path: string) => (await import("node:path")).basename(path),
    args: ["/a/b.txt"],
    result: "b.txt",
  },
  globals: {
    fn: (xs: number[]) => Math.max(...xs, Number.parseInt("3", 10)) + new Map([[1, 2]]).size,
    args: [[1, 2]],
    result: 4,
  },
};

/** Not in `samples`: called otherwise than with arguments alone. */
export const recursiveDeclaration = declared;
export const generatorMethod = Holder.prototype.generatorMethod;

declare const window: { readonly name: string };
