/** The bus that the settings name: what the environment and the configuration file say, as options. */

import type { Config } from "../../config.js";
import type { BusOptions } from "./bus-options.js";

type BusConfig = Pick<
  Config,
  | "bus"
  | "cluster"
  | "prefix"
  | "user"
  | "password"
  | "token"
  | "creds"
  | "nkey"
  | "tlsCa"
  | "tlsCert"
  | "tlsKey"
  | "tlsInsecure"
  | "connectTimeoutMs"
  | "direct"
>;

export function busOptionsOf(config: BusConfig): BusOptions {
  const { bus, cluster, prefix, user, password, token, creds, nkey, connectTimeoutMs, direct } = config;
  const tls = {
    ...given({ caFile: config.tlsCa, certFile: config.tlsCert, keyFile: config.tlsKey }),
    ...(config.tlsInsecure ? { insecure: true } : {}),
  };
  return {
    ...{ bus, cluster, prefix, connectTimeoutMs, direct },
    ...given({ user, password, token, credentialsFile: creds, nkeySeedFile: nkey }),
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
  };
}

/** Settings that are texts are empty where nothing was given. */
function given<T extends Readonly<Record<string, string>>>(texts: T): Partial<T> {
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== "")) as Partial<T>;
}

/** The setting that makes an option, for errors. */
export function settingOf(option: string): string {
  return settingsOfOptions[option] ?? option;
}

const settingsOfOptions: Readonly<Record<string, string>> = {
  ...{ credentialsFile: "creds", nkeySeedFile: "nkey" },
  ...{ "tls.caFile": "tlsCa", "tls.certFile": "tlsCert", "tls.keyFile": "tlsKey" },
};
