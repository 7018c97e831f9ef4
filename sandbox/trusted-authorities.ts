// What a shell with the sandbox's lines trusts. A variable such as NODE_EXTRA_CA_CERTS names one file, and takes the
// place of the one that was named before: so the file has what this machine trusts besides, and npm, pip and the
// Pulumi CLI still reach their servers there, behind a company's proxy too.
import { join } from "node:path";
import { getCACertificates } from "node:tls";
import { writePrivateFile } from "./private-file.ts";

/**
 * @param ca the sandbox's, PEM
 * @returns the file, in the folder
 */
export function writeTrustedAuthorities(folder: string, ca: string): string {
  const file = join(folder, "trusted.pem");
  const certificates = [ca, ...getCACertificates("extra"), ...getCACertificates("system")];
  const unique = new Set(certificates.map((certificate) => certificate.trim()));
  writePrivateFile(file, `${[...unique].join("\n")}\n`);
  return file;
}
