/** The client's settings, in milliseconds and bytes. */

import { defaultTransferConfig, type TransferConfig } from "../transfer/transfer.js";

export interface ClientConfig extends TransferConfig {
  readonly heartbeatIntervalMs: number;
}

export const defaultClientConfig: ClientConfig = { ...defaultTransferConfig, heartbeatIntervalMs: 1_000 };
