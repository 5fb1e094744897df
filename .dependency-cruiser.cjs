/**
 * Who may import whom. Imports point downwards only:
 *
 *   cli > dashboard, reactive, testing > client > executor, transport > actors, collections > graph, protocol > config, errors
 *
 * Each rule says what it protects; the layers are described in CONTRIBUTING.md.
 */

/** Layers from the lowest up. A folder may import its own layer's other folders only where `beside` says so. */
const layers = [
  ["config", "errors"],
  ["graph", "protocol"],
  ["actors", "collections"],
  ["executor", "transport"],
  ["client"],
  ["reactive", "dashboard", "testing", "machines"],
  ["cli"],
];
/** Imports within one layer that are meant. */
const beside = { config: ["errors"], protocol: ["graph"] };

const folder = (names) => `^src/(${names.join("|")})(/|\\.ts$)`;

const downwards = layers.flatMap((layer, height) =>
  layer.map((name) => {
    const allowed = [name, ...(beside[name] ?? []), ...layers.slice(0, height).flat()];
    return {
      name: `${name}-imports-downwards`,
      comment: `src/${name} may import only: ${allowed.join(", ")}`,
      severity: "error",
      from: { path: folder([name]) },
      to: { path: "^src/", pathNot: folder(allowed) },
    };
  }),
);

/** The files that do input and output inside folders that otherwise only decide. */
const ioInPureFolders = ["^src/graph/tokenize", "^src/collections/bag/files"];

/** What several actors are made of. */
const sharedByActors = ["task", "runtime", "link", "transfer"];

module.exports = {
  forbidden: [
    ...downwards,
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "nothing-above-looks-in",
      comment: "cli, dashboard, reactive and testing are tops: nothing else in src needs them",
      severity: "error",
      from: { path: "^src/", pathNot: folder(["cli", "dashboard", "reactive", "testing"]) },
      to: { path: folder(["cli", "dashboard", "reactive", "testing"]) },
    },
    {
      name: "actors-keep-to-themselves",
      comment: `an actor knows another only by its messages; ${sharedByActors.join(", ")} are for all`,
      severity: "error",
      from: { path: "^src/actors/([^/]+)/" },
      to: {
        path: "^src/actors/[^/]+/",
        pathNot: ["^src/actors/$1/", `^src/actors/(${sharedByActors.join("|")})/`],
      },
    },
    {
      name: "pure-folders-do-no-io",
      comment: "graph, protocol and collections, and every core, decide only",
      severity: "error",
      from: {
        path: ["^src/(graph|protocol|collections)/", "\\.(core|machine|table)\\.ts$"],
        pathNot: ioInPureFolders,
      },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "tokenize-only-hashes",
      severity: "error",
      from: { path: "^src/graph/tokenize" },
      to: { dependencyTypes: ["core"], pathNot: "^(node:)?crypto$" },
    },
    {
      name: "nats-behind-its-port",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/transport/nats/" },
      to: { path: "node_modules/(@nats-io/|nats/)" },
    },
    {
      name: "rabbitmq-behind-its-port",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/transport/amqp/" },
      to: { path: "node_modules/(@types/)?amqplib/" },
    },
    {
      name: "src-stands-alone",
      comment: "what is shipped needs nothing that is not",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^(test|examples|bench|scripts|docs)/" },
    },
    {
      name: "shipped-dependencies-only",
      severity: "error",
      from: { path: "^src/" },
      to: {
        dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"],
        pathNot: "node_modules/@types/",
      },
    },
    {
      name: "resolvable",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: ["node_modules", "^dist/"] },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
    },
  },
};
