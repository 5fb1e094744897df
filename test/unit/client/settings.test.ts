import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { readConfigFile } from "../../../src/client/settings.js";
import { ConfigError } from "../../../src/errors.js";

describe("The configuration file", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "skein-settings-"));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  const write = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);

  const forms: [name: string, text: string][] = [
    ["skein.config.json", '{ "retries": 3 }'],
    ["skein.config.mjs", "export default { retries: 3 };"],
    ["skein.config.ts", "const retries: number = 3;\nexport default { retries };"],
    ["package.json", '{ "name": "x", "skein": { "retries": 3 } }'],
  ];
  for (const [name, text] of forms) {
    it(`may be ${name}`, async () => {
      await write(name, text);
      const source = await readConfigFile(folder);
      expect(source?.values).to.deep.equal({ retries: 3 });
      expect(source?.origin("retries")).to.equal(join(folder, name));
    });
  }

  it("is found from any folder below", async () => {
    await write("skein.config.json", '{ "retries": 3 }');
    await write("package.json", '{ "name": "no settings in it" }');
    const below = join(folder, "a", "b");
    await mkdir(below, { recursive: true });
    expect((await readConfigFile(below))?.values).to.deep.equal({ retries: 3 });
  });

  const refusals: [what: string, name: string, text: string, message: RegExp][] = [
    ["is broken JSON", "skein.config.json", "{", /skein\.config\.json\): cannot be read: .*JSON/],
    ["throws", "skein.config.mjs", 'throw new Error("no luck")', /cannot be read: no luck/],
    ["does not compile", "skein.config.ts", "const = 1", /cannot be read: /],
    ["holds no object", "skein.config.json", "[1]", /holds no object of settings/],
    ["exports nothing", "skein.config.mjs", "export const retries = 3;", /holds no object of settings/],
  ];
  for (const [what, name, text, message] of refusals) {
    it(`is refused, with its name, when it ${what}`, async () => {
      await write(name, text);
      const error = await readConfigFile(folder).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(ConfigError);
      expect((error as Error).message).to.match(message);
    });
  }
});
