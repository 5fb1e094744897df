import { Resvg } from "@resvg/resvg-js";
import { expect } from "chai";
import fc from "fast-check";
import {
  CycleError,
  InvalidArgumentError,
  MissingDependencyError,
  MissingKeyError,
} from "../../../src/errors.js";
import {
  colourOfName,
  colourOfPlace,
  colourOfState,
  pale,
  type Colour,
} from "../../../src/graph/draw/colour.js";
import { toDot } from "../../../src/graph/draw/dot.js";
import { toMermaid } from "../../../src/graph/draw/mermaid.js";
import { pngOf, withStrokes } from "../../../src/graph/draw/png.js";
import { drawGraph, type DrawFormat } from "../../../src/graph/draw/render.js";
import { strokePath } from "../../../src/graph/draw/stroke-letters.js";
import { functionName, preview } from "../../../src/graph/draw/text.js";
import { Graph } from "../../../src/graph/graph.js";
import { fusedOf } from "../../../src/graph/passes/fused.js";
import { quote, ref } from "../../../src/graph/ref.js";
import { task } from "../../../src/graph/task.js";

const inc = (x: number): number => x + 1;
const add = (x: number, y: number): number => x + y;
const write = (text: string): string => text;

const small = Graph.of({
  x: 1,
  "inc-1f3a9c0b": task(inc, ref("x")),
  sum: task(add, ref("x"), ref("inc-1f3a9c0b")),
  log: task(write, "done").after("sum"),
  alias: ref("sum"),
});

const smallDot = String.raw`digraph skein {
graph[label="A &#38; B",labelloc=t,fontsize=16,rankdir=LR,bgcolor=white,pad=0.3,nodesep=0.09,ranksep=0.4,fontname=Verdana];
node[fontname=Verdana,fontsize=10,margin="0.12,0.04",height=0.27,width=0.5,penwidth=1];
edge[fontname=Verdana,fontsize=8,color="#7d8894",fontcolor="#4b5560",arrowsize=0.6,penwidth=0.8];
node[shape=box,style=filled,fillcolor="#f6f7f9",color="#8b95a1",fontcolor="#000000"];
"x"[label="x\n1"];
node[shape=box,style="rounded,filled",fillcolor="#baf1f2",color="#468688",fontcolor="#000000"];
"inc-1f3a9c0b"[label="inc"];
node[shape=box,style="rounded,filled",fillcolor="#dbecc4",color="#708256",fontcolor="#000000"];
"sum"[label="sum\nadd"];
node[shape=box,style="rounded,filled",fillcolor="#a9daa8",color="#3b723c",fontcolor="#000000"];
"log"[label="log\nwrite"];
node[shape=box,style="rounded,filled,dashed",fillcolor="#f6f7f9",color="#8b95a1",fontcolor="#000000"];
"alias"[label="alias",penwidth=2.5];
"x"->"inc-1f3a9c0b";
"x"->"sum";
"inc-1f3a9c0b"->"sum";
"sum"->"log"[style=dashed,arrowhead=empty];
"sum"->"alias";
}
`;

const smallMermaid = String.raw`---
title: "A: B"
---
flowchart TB
  n0["x<br/>1"]:::c0
  n1("inc"):::c1
  n2("sum<br/>add"):::c2
  n3("log<br/>write"):::c3
  n4("alias"):::c4
  n0 --> n1
  n0 --> n2
  n1 --> n2
  n2 -.-> n3
  n2 --> n4
  classDef c0 fill:#f6f7f9,stroke:#8b95a1,color:#000000
  classDef c1 fill:#baf1f2,stroke:#468688,color:#000000
  classDef c2 fill:#dbecc4,stroke:#708256,color:#000000
  classDef c3 fill:#a9daa8,stroke:#3b723c,color:#000000
  classDef c4 fill:#f6f7f9,stroke:#8b95a1,color:#000000,stroke-dasharray:4 3
  classDef output stroke-width:3px
  class n4 output
`;

/** Keys that mean something to a drawing language, to XML, or to nobody. */
const strange = [
  "end",
  'a"b',
  "a\\",
  '\\"',
  "a\nb",
  "<script>alert(1)</script>",
  "&lt;",
  "&",
  "你好世界",
  "😀",
  "half\ud83d",
  "nul\0",
  "subgraph",
  "%%{init}%%",
  "%1",
  "a:b:c",
  "node",
  "x->y",
  "#quot;",
  "`code`",
  "__proto__",
  "*b*",
  "a|b",
  "{rec}",
  "[br]",
  " ",
  "-",
  "- item",
  "1. list",
  "'",
  "control\u0085",
  "\ufffe",
  "long ".repeat(2000),
];
const strangeGraph = Graph.of(
  strange.map(
    (key, at) =>
      [
        key,
        at === 0
          ? key
          : task({ [key]: (x: unknown) => x }[key] as typeof write, ref(strange[at - 1] as string)),
      ] as const,
  ),
);

function chain(length: number): Graph {
  return Graph.of(
    (function* () {
      yield ["k0", 0] as const;
      for (let i = 1; i < length; i++) yield [`k${i}`, task(inc, ref(`k${i - 1}`))] as const;
    })(),
  );
}

async function svgOf(...args: Parameters<typeof toDot>): Promise<string> {
  return (await drawGraph(args[0], "svg", args[1])) as string;
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

function titles(svg: string): string[] {
  const entities: Record<string, string> = { lt: "<", gt: ">", quot: '"', amp: "&" };
  return [...svg.matchAll(/<title>([^<]*)<\/title>/g)].map(([, text = ""]) =>
    text.replaceAll(/&(?:#(\d+)|(\w+));/g, (_, code: string, name: string) =>
      code === undefined ? (entities[name] ?? "?") : String.fromCodePoint(Number(code)),
    ),
  );
}

/** Pixels darker than the boxes' pale fills. */
function darkPixels(svg: string): number {
  const { pixels } = new Resvg(svg, { font: { loadSystemFonts: false }, background: "white" }).render();
  let count = 0;
  for (let i = 0; i < pixels.length; i += 4) if ((pixels[i] as number) < 90) count++;
  return count;
}

describe("drawing a graph", () => {
  it("writes DOT that names nodes by their keys and says looks once for many", () => {
    expect(toDot(small, { outputs: ["alias"], title: "A & B", rankdir: "LR" })).to.equal(smallDot);
  });

  it("writes Mermaid", () => {
    expect(toMermaid(small, { outputs: ["alias"], title: "A: B" })).to.equal(smallMermaid);
  });

  it("draws data as boxes, aliases and control edges dashed, outputs strong, and every key once", async () => {
    const svg = await svgOf(small, { outputs: ["log"] });
    expect(titles(svg)).to.include.members([...small.keys(), "sum->log", "sum->alias"]);
    expect(svg.match(/stroke-dasharray/g)).to.have.length(2);
    expect(svg.match(/stroke-width="2.5"/g)).to.have.length(1);
    expect(svg.match(/<polygon [^>]*fill="#f6f7f9"/g)).to.have.length(1);
  });

  it("draws any key: quoted, escaped, and whole where the pointer is", async () => {
    const svg = await svgOf(strangeGraph, { outputs: strange, title: 'a "title" <b> & \\N' });
    const shown = titles(svg).filter((title) => !title.includes("->") || title === "x->y");
    const expected = strange.map((key) =>
      key
        .replaceAll("\n", "␊")
        .replaceAll("\0", "␀")
        .replaceAll("\u0085", "␡")
        .replaceAll(/[\ufffe]|\ud83d(?!\ude00)/g, "\ufffd"),
    );
    expect(shown).to.have.members(["skein", ...expected]);
    // A parser of XML reads it.
    expect(new Resvg(svg).width).to.be.greaterThan(0);
    expect(svg).not.to.contain("<script");
  });

  it("escapes in Mermaid what would end a label or mean something there", () => {
    const lines = toMermaid(strangeGraph)
      .split("\n")
      .filter((line) => /^ {2}n\d+[[(]/.test(line));
    expect(lines).to.have.length(strange.length);
    for (const line of lines) {
      const [, text = ""] = /^ {2}n\d+[[(]"(.*)"[\])]:::c\d+$/.exec(line) ?? [];
      expect(text.replaceAll("<br/>", "").replaceAll(/#\d+;/g, ""), line).to.match(/^[^"#<>&`\\%*]*$/);
    }
  });

  it("draws fused tasks by their parts, the middle of many left out", () => {
    const parts = ["load", "parse", "clean", "check", "group", "sum"].map((name, at) => ({
      key: `k${at}`,
      task: task({ [name]: (x: number) => x }[name] as typeof inc, ref(at === 0 ? "x" : `k${at - 1}`)),
    }));
    expect(functionName(fusedOf(parts.slice(0, 2)))).to.equal("load → parse");
    expect(functionName(fusedOf(parts))).to.equal("load → parse → clean → check → group → sum");
    const fused = Graph.of({ x: 1, k1: fusedOf(parts.slice(0, 2)) });
    expect(toDot(fused)).to.contain('label="k1\\nload → parse"');
    const many = Graph.of({ x: 1, k5: fusedOf(parts) });
    expect(toDot(many)).to.contain('label="k5\\nload\\n→ parse\\n→ … 3 more\\n→ sum"');
  });

  it("cuts long names in the middle and shows data in a few letters", () => {
    const long = `${"a".repeat(40)}z`;
    expect(toDot(Graph.of({ [long]: "b".repeat(100) }))).to.match(/label="a+…a+z\\n&#34;b+…b+&#34;"/);
    const previews: readonly (readonly [unknown, string])[] = [
      [quote([1, "a"]), '[1, "a"]'],
      [[1, 2, 3, 4, 5], "Array(5)"],
      [[{}], "Array(1)"],
      [{ a: 1, b: 2 }, "{ a, b }"],
      [new Map([[1, 2]]), "Map(1)"],
      [new Float64Array(3), "Float64Array(3)"],
      [new ArrayBuffer(8), "ArrayBuffer(8)"],
      [null, "null"],
      [undefined, "undefined"],
      [-0, "-0"],
      [10n, "10n"],
      [inc, "inc()"],
      [/a/g, "/a/g"],
      [
        new (class Own {
          get length(): number {
            throw new Error("touched");
          }
        })(),
        "Own",
      ],
    ];
    for (const [value, text] of previews) expect(preview(value)).to.equal(text);
  });

  describe("in colours", () => {
    it("gives one function one colour, in every graph", () => {
      const colours = (graph: Graph): string[] =>
        [...toDot(graph).matchAll(/fillcolor="([^"]*)"/g)].map(([, c]) => c as string);
      const [first] = colours(Graph.of({ a: task(inc, 1) }));
      expect(colours(Graph.of({ b: task(add, 1, 2), c: task(inc, 2) }))).to.include(first);
      expect(first).to.equal(colourOfName("inc").fill);
    });

    it("shows states, given as a map or an object", () => {
      const finished = `fillcolor="${colourOfState("finished").fill}"`;
      const erred = `fillcolor="${colourOfState("erred").fill}"`;
      for (const states of [
        { sum: "finished", log: "erred" },
        new Map([
          ["sum", "finished"],
          ["log", "erred"],
        ]),
      ]) {
        const dot = toDot(small, { color: "state", states });
        expect(dot).to.contain(finished).and.to.contain(erred);
      }
      expect(toDot(Graph.of({ constructor: 1 }), { color: "state", states: {} })).to.contain(pale.fill);
    });

    it("runs from dark to light in the order of execution", () => {
      const dot = toDot(chain(3), { color: "order" });
      const fills = [...dot.matchAll(/fillcolor="([^"]*)"/g)].map(([, fill]) => fill);
      expect(fills).to.deep.equal([0, 0.5, 1].map((place) => colourOfPlace(place).fill));
    });

    it("keeps text legible on every colour (contrast of 4.5 or more)", () => {
      const luminance = (colour: string): number => {
        const [r, g, b] = [1, 3, 5].map((at) => {
          const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
          return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        }) as [number, number, number];
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const contrast = ({ fill, text }: Colour): number => {
        const [light, dark] = [luminance(fill), luminance(text)].toSorted((a, b) => b - a) as [
          number,
          number,
        ];
        return (light + 0.05) / (dark + 0.05);
      };
      const states = [
        "released",
        "waiting",
        "queued",
        "processing",
        "memory",
        "erred",
        "lost",
        "cancelled",
        "else",
        undefined,
      ];
      for (const state of states) expect(contrast(colourOfState(state)), String(state)).to.be.at.least(4.5);
      fc.assert(fc.property(fc.string(), (name) => contrast(colourOfName(name)) >= 4.5));
      for (let i = 0; i <= 64; i++) expect(contrast(colourOfPlace(i / 64)), String(i)).to.be.at.least(4.5);
    });
  });

  describe("of any size", () => {
    it("runs to the right where the graph is wide, downwards where it is deep", () => {
      const wide = Graph.of(Array.from({ length: 100 }, (_, i) => [`a-${i}`, task(inc, i)] as const));
      expect(toDot(wide)).to.contain("rankdir=LR");
      expect(toDot(chain(100))).to.contain("rankdir=TB");
      expect(toDot(wide, { rankdir: "BT" })).to.contain("rankdir=BT");
      expect(toDot(Graph.of({}))).to.contain("rankdir=TB");
    });

    it("writes a chain of a million links as DOT", () => {
      const dot = toDot(chain(1_000_000));
      expect(dot.length).to.be.greaterThan(30_000_000);
      expect(dot.slice(-40)).to.contain('"k999998"->"k999999";');
    }).timeout(60_000);

    it("draws a large graph by name, with counts, and says so", async () => {
      const loads = Array.from({ length: 3000 }, (_, i) => [`load-${i}`, task(inc, i)] as const);
      const sums = loads.map(([key], i) => [`sum-${i}`, task(add, ref(key), 1)] as const);
      const large = Graph.of([
        ...loads,
        ...sums,
        [
          "total",
          task(
            write,
            sums.map(([key]) => ref(key)),
          ),
        ],
      ]);
      for (const color of ["name", "order", "state"] as const) {
        const svg = await svgOf(large, {
          color,
          outputs: ["total"],
          states: { total: "finished" },
          title: "Large",
        });
        expect(svg).to.contain(">Large<").and.to.contain("6\u2009001 keys, drawn by name");
        expect(titles(svg)).to.have.members([
          "skein",
          "task inc",
          "task add",
          "task write",
          "task inc->task add",
          "task add->task write",
        ]);
        expect(svg.match(/>× 3\u2009000</g)).to.have.length(4);
      }
    });

    it("joins the rarest names where there are too many to draw each", async () => {
      const many = Graph.of(Array.from({ length: 6000 }, (_, i) => [`k${i}`, i] as const));
      const svg = await svgOf(many);
      expect(titles(svg)).to.have.length(151);
      expect(svg).to.contain("5\u2009851 other names").and.to.contain("× 5\u2009851");
    });

    it("draws few tasks with very many or long edges by name, too", async () => {
      const inputs = Array.from({ length: 110 }, (_, i) => [`in-${i}`, i] as const);
      const refs = inputs.map(([key]) => ref(key));
      const outputs = Array.from({ length: 110 }, (_, i) => [`out-${i}`, task(write, refs)] as const);
      expect(await svgOf(Graph.of([...inputs, ...outputs]))).to.contain("220 keys, drawn by name");
    });
  });

  describe("as PNG", () => {
    const sizeOf = (png: Uint8Array): [number, number] => {
      const view = new DataView(png.buffer, png.byteOffset);
      return [view.getUint32(16), view.getUint32(20)];
    };

    it("gives a picture of at most 8,000 pixels", async () => {
      const png = (await drawGraph(small, "png")) as Uint8Array;
      expect([...png.subarray(1, 4)].map((code) => String.fromCharCode(code)).join("")).to.equal("PNG");
      expect(Math.max(...sizeOf(png))).to.be.lessThan(2000);
      const tall = (await drawGraph(chain(300), "png")) as Uint8Array;
      expect(Math.max(...sizeOf(tall))).to.equal(8000);
    });

    it("writes text in strokes where there are no fonts", async () => {
      const svg = await svgOf(small);
      const stroked = withStrokes(svg);
      expect(stroked).not.to.contain("<text");
      expect(darkPixels(stroked)).to.be.greaterThan(darkPixels(svg) + 100);
      class Fontless extends Resvg {
        constructor(text: string | Buffer, options: ConstructorParameters<typeof Resvg>[1]) {
          super(text, { ...options, font: { loadSystemFonts: false } });
        }
      }
      const load = (): Promise<{ Resvg: typeof Resvg }> => Promise.resolve({ Resvg: Fontless });
      expect(await pngOf(svg, load)).to.deep.equal(await pngOf(stroked, load));
    });

    it("has a stroke for every printable letter of ASCII, and a box for others", () => {
      const path = (text: string): string => strokePath(text, 0, 0, 10);
      const box = path("\u4f60");
      for (let code = 33; code < 127; code++) {
        expect(path(String.fromCharCode(code)), String.fromCharCode(code))
          .to.match(/^M/)
          .and.not.to.equal(box);
      }
      expect(path("é")).to.equal(path("e"));
      fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => /^[ML\d. -]*$/.test(path(text))));
    });

    it("says what to install where the renderer is missing", async () => {
      const error = await rejection(pngOf("<svg/>", () => Promise.reject(new Error("Cannot find module"))));
      expect(error).to.be.instanceOf(MissingDependencyError);
      expect(String(error)).to.match(/npm install @resvg\/resvg-js.*\.svg/s);
    });
  });

  describe("of what cannot be drawn", () => {
    const formats: readonly DrawFormat[] = ["svg", "png", "dot", "mmd"];

    it("names the output that is not there, and the reference that leads nowhere", async () => {
      const dangling = Graph.of({ a: task(inc, ref("gone")) });
      for (const format of formats) {
        expect(await rejection(drawGraph(small, format, { outputs: ["summ"] }))).to.be.instanceOf(
          MissingKeyError,
        );
        expect(await rejection(drawGraph(dangling, format))).to.be.instanceOf(MissingKeyError);
      }
    });

    it("draws a cycle, so that it can be seen, but has no order to colour it by", async () => {
      const loop = Graph.of({ a: task(inc, ref("b")), b: task(inc, ref("a")) });
      for (const format of formats) {
        expect(await drawGraph(loop, format))
          .to.have.property("length")
          .that.is.greaterThan(100);
        expect(await rejection(drawGraph(loop, format, { color: "order" }))).to.be.instanceOf(CycleError);
      }
    });

    it("draws an empty graph", async () => {
      for (const format of formats) {
        expect(await drawGraph(Graph.of({}), format))
          .to.have.property("length")
          .that.is.greaterThan(10);
      }
    });

    it("refuses options and formats that do not exist, naming those that do", async () => {
      const wrong: readonly [unknown, unknown, RegExp][] = [
        ["svg", { color: "size" }, /color.*name, order, state/],
        ["mmd", { rankdir: "UP" }, /rankdir.*TB, LR, BT, RL/],
        ["pdf", {}, /"svg", "png", "dot" and "mmd"/],
      ];
      for (const [format, options, message] of wrong) {
        const error = await rejection(drawGraph(small, format as DrawFormat, options as object));
        expect(error).to.be.instanceOf(InvalidArgumentError);
        expect(String(error)).to.match(message);
      }
    });
  });
});
