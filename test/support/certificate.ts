/** A key and a certificate for this machine, signed by itself. */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface Certificate {
  readonly keyFile: string;
  readonly certFile: string;
  /** Both, as files for a broker's directory: `key.pem` and `cert.pem`. */
  readonly files: Readonly<Record<string, Uint8Array>>;
}

/** @param folder where the files are written to. */
export function makeCertificate(folder: string): Certificate {
  const [keyFile, certFile] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"];
  const kind = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"];
  execFileSync("openssl", ["req", ...kind, "-keyout", keyFile, "-out", certFile, ...subject], {
    stdio: "ignore",
  });
  return {
    keyFile,
    certFile,
    files: { "key.pem": readFileSync(keyFile), "cert.pem": readFileSync(certFile) },
  };
}
