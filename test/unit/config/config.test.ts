import { expect } from "chai";
import * as fc from "fast-check";
import {
  defaultConfig,
  environmentName,
  environmentSource,
  resolveConfig,
  settingNames,
  settings,
  valuesOf,
} from "../../../src/config.js";
import { ConfigError } from "../../../src/errors.js";

const file = (values: Record<string, unknown>) => ({ origin: () => "skein.config.json", values });

describe("The settings", () => {
  it("each have a default within their own limits, and a sentence that says what they do", () => {
    for (const name of settingNames) {
      const { schema, fallback, doc, accepts } = settings[name];
      expect(schema.safeParse(fallback).success, name).to.equal(true);
      expect(doc, name).to.match(/^[A-Z].*\.$/);
      expect(accepts, name).to.not.equal("");
    }
  });

  it("are their defaults when no source names them", () => {
    expect(valuesOf(resolveConfig([]))).to.deep.equal(defaultConfig);
    expect(resolveConfig([]).retries).to.deep.equal({ value: 0, origin: "default" });
  });

  it("come from the last source that names them, each by itself, and say which", () => {
    const resolved = resolveConfig([
      file({ retries: 1, concurrency: 4 }),
      environmentSource({ SKEIN_RETRIES: "2", OTHER: "x" }),
    ]);
    expect(resolved.retries).to.deep.equal({ value: 2, origin: "SKEIN_RETRIES" });
    expect(resolved.concurrency).to.deep.equal({ value: 4, origin: "skein.config.json" });
    expect(resolved.progress).to.deep.equal({ value: false, origin: "default" });
  });

  it("are not named by undefined, nor by an empty variable", () => {
    const resolved = resolveConfig([
      file({ retries: 1 }),
      file({ retries: undefined }),
      environmentSource({ SKEIN_RETRIES: "" }),
    ]);
    expect(resolved.retries.value).to.equal(1);
  });

  it("have variables named after them", () => {
    expect(environmentName("retryBackoffMs")).to.equal("SKEIN_RETRY_BACKOFF_MS");
    expect(new Set(settingNames.map(environmentName)).size).to.equal(settingNames.length);
  });

  it("are read back from the text of their variables, whatever their value", () => {
    fc.assert(
      fc.property(
        fc.record({
          concurrency: fc.integer({ min: 1, max: 65_536 }),
          retryJitter: fc.double({ min: 0, max: 1, noNaN: true }),
          progress: fc.boolean(),
          scheduler: fc.string({ minLength: 1 }),
        }),
        (values) => {
          const texts = Object.entries(values).map(([name, value]) => [
            environmentName(name as keyof typeof values),
            String(value),
          ]);
          const read = environmentSource(Object.fromEntries(texts) as Record<string, string>).values;
          expect(read).to.deep.equal({ ...values, retryJitter: values.retryJitter + 0 });
        },
      ),
    );
  });

  it("take the usual words for yes and no", () => {
    for (const [text, value] of [
      ["1", true],
      ["YES", true],
      ["on", true],
      ["0", false],
      ["off", false],
      ["False", false],
    ] as const) {
      expect(environmentSource({ SKEIN_PROGRESS: text }).values).to.deep.equal({ progress: value });
    }
  });

  describe("refuse, naming the setting, its source and what would do,", () => {
    const refusals: [string, () => unknown, string][] = [
      [
        "an unknown name",
        () => resolveConfig([file({ retrys: 1 })]),
        "retrys (skein.config.json): no such setting",
      ],
      [
        "a value out of its range",
        () => resolveConfig([file({ retries: -1 })]),
        "retries (skein.config.json): got the number -1. Give a whole number from 0 to 1000.",
      ],
      ["a part of a whole number", () => resolveConfig([file({ concurrency: 1.5 })]), "concurrency"],
      [
        "a value of the wrong kind",
        () => resolveConfig([file({ progress: "yes" })]),
        'got "yes". Give true or false.',
      ],
      ["null", () => resolveConfig([file({ retries: null })]), "retries (skein.config.json): got null"],
      [
        "text that is no number",
        () => environmentSource({ SKEIN_RETRIES: "many" }),
        'retries (SKEIN_RETRIES): got "many"',
      ],
      ["text that is only space", () => environmentSource({ SKEIN_RETRIES: " " }), "retries (SKEIN_RETRIES)"],
      ["text that is neither yes nor no", () => environmentSource({ SKEIN_PROGRESS: "maybe" }), "progress"],
      ["the name of something every object has", () => resolveConfig([file({ toString: 1 })]), "toString"],
    ];
    for (const [what, act, message] of refusals) {
      it(what, () => {
        expect(act).to.throw(ConfigError, message);
      });
    }
  });
});
