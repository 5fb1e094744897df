/** What the parts of the transport contract work with. */

import type { Mailbox, Transport } from "../../transport/transport.js";
import type { Parcel } from "../../protocol/parcel.js";
import type { ContractBus } from "./bus.js";
import { until } from "../until.js";

export interface Stage {
  readonly bus: ContractBus;
  readonly deadlineMs: number;
  readonly leaseTtlMs: number;
  /** A new connection, closed after the test. */
  connect(): Promise<Transport>;
  /** A name that nothing else on the bus has. */
  name(kind: string): string;
}

/** A mailbox that keeps what it gets. */
export interface Reading {
  readonly mailbox: Mailbox;
  readonly parcels: Parcel[];
  readonly nobody: string[];
}

export async function readAt(transport: Transport, address: string): Promise<Reading> {
  const parcels: Parcel[] = [];
  const nobody: string[] = [];
  const mailbox = await transport.mailbox(address, {
    onParcel: (parcel) => parcels.push(parcel),
    onNobody: (at) => nobody.push(at),
  });
  return { mailbox, parcels, nobody };
}

const magic = 0x53;

/** A parcel that a bus can take for a message of Skein's: a head of at least 40 bytes, and buffers counted in it. */
export function parcelOf(number: number, headBytes = 48, buffers: readonly Uint8Array[] = []): Parcel {
  const head = new Uint8Array(Math.max(48, headBytes));
  const view = new DataView(head.buffer);
  head[0] = magic;
  view.setUint16(38, buffers.length, true);
  view.setUint32(40, number, true);
  return { head, buffers };
}

export function numberOf(parcel: Parcel): number {
  const { buffer, byteOffset } = parcel.head;
  return new DataView(buffer, byteOffset).getUint32(40, true);
}

/** The numbers of parcels, repetitions left out: what remains must ascend. */
export function numbersOf(parcels: readonly Parcel[]): number[] {
  return parcels.map(numberOf).filter((number, i, all) => all.indexOf(number) === i);
}

export function isAscending(numbers: readonly number[]): boolean {
  return numbers.every((number, i) => i === 0 || number > (numbers[i - 1] ?? -1));
}

/** Waits with the stage's deadline. */
export function eventually(
  stage: Stage,
  what: string,
  predicate: () => boolean | Promise<boolean>,
): Promise<void> {
  return until(what, predicate, { deadlineMs: stage.deadlineMs });
}
