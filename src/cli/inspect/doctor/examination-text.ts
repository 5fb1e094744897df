/** An examination as a person reads it. */

import pc from "picocolors";
import { counted, shownBytes, shownMs } from "../amounts.js";
import type { Examination } from "./examination.js";
import type { Trial } from "./trials.js";

export function examinationText(examination: Examination): string {
  const { bus, broker, roundTripMs, durability } = examination;
  const product = broker.kind === "nats" ? "nats-server" : "RabbitMQ";
  return [
    `${pc.bold(`${product} ${broker.version}`)} at ${bus}, ${shownMs(roundTripMs)} away`,
    "",
    ...advisoryLines(examination),
    "",
    ...limitLines(examination),
    "",
    ...permissionLines(examination),
    "",
    pc.bold("durability"),
    `  ${durability.sentence}`,
    ...durability.notes.map((note) => pc.dim(`  ${note}`)),
  ].join("\n");
}

function advisoryLines({ advisories: { asOf, known } }: Examination): string[] {
  const many = counted(known.length, "known advisory", "known advisories");
  return [
    pc.bold(known.length === 0 ? "advisories: none that is known here" : many),
    ...known.map(({ id, about, fixedIn }) => `  ${pc.yellow(id)} ${about}; fixed in ${fixedIn.join(", ")}`),
    pc.dim(`  The table is of ${asOf}: what became known later is not in it.`),
  ];
}

function limitLines({ limits, broker }: Examination): string[] {
  const { payloadBytes, parcelBytes } = limits;
  const { account } = broker;
  const store = broker.kind === "nats" ? "JetStream" : "streams";
  const most = (limit: number): string => (limit < 0 ? "no limit" : shownBytes(limit));
  return [
    pc.bold("limits"),
    `  messages of ${shownBytes(payloadBytes)}; parcels of up to ${shownBytes(parcelBytes)} travel in pieces of that`,
    `  ${store}: ${broker.journal ? "yes" : "no, so that there is no journal and no lease"}`,
    ...(account === undefined
      ? []
      : [
          `  the account: ${most(account.storageBytes)} of storage, ${account.streams < 0 ? "any number of" : account.streams} streams`,
        ]),
  ];
}

const marks: Readonly<Record<Trial["outcome"], string>> = {
  held: pc.green("yes"),
  refused: pc.red("no "),
  failed: pc.red("no "),
  missing: pc.yellow(" - "),
};

function permissionLines({ trials, roles }: Examination): string[] {
  const width = Math.max(...trials.map(({ what }) => what.length));
  return [
    pc.bold("permissions"),
    ...trials.map(({ what, subject, outcome, why, roles: needing }) => {
      const unused = needing.length === 0 ? " (nothing needs it yet)" : "";
      return `  ${marks[outcome]} ${what.padEnd(width)}  ${why ?? subject}${unused}`;
    }),
    ...Object.entries(roles).map(([role, lack]) =>
      lack.length === 0
        ? `  enough for a ${role}`
        : `  ${pc.red("not enough")} for a ${role}: ${lack.join(", ")}`,
    ),
  ];
}
