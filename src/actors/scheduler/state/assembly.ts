import type { Submit } from "../../../protocol/messages.js";
import type { ClientRecord } from "./client-record.js";

/** A graph of which not all parts have come. */
export interface Assembly {
  readonly client: ClientRecord;
  readonly parts: Map<number, Submit>;
}
