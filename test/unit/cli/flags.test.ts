import { expect } from "chai";
import { clusterCommand } from "../../../src/cli/cluster.js";
import { doctorCommand } from "../../../src/cli/doctor.js";
import { machinesCommand } from "../../../src/cli/machines.js";
import { simCommand } from "../../../src/cli/sim.js";
import { workerCommand } from "../../../src/cli/worker.js";

describe("The flags of commands", () => {
  it("all have a variable", () => {
    const commands = [workerCommand(), clusterCommand(), doctorCommand(), machinesCommand(), simCommand()];
    const without = commands.flatMap((command) =>
      command.options
        .filter(
          ({ envVar, description, negate }) =>
            envVar === undefined && !description.includes("SKEIN_") && !negate,
        )
        .map(({ long }) => `${command.name()} ${long}`),
    );
    expect(without).to.deep.equal([]);
  });
});
