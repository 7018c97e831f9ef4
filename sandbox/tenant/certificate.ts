// The sandbox's TLS certificate: a certificate authority signs one server certificate for the sandbox's own hosts.
import "reflect-metadata"; // @peculiar/x509's dependency injection needs it, and needs it first.
import { KeyObject, X509Certificate, createPrivateKey, randomBytes, webcrypto } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import * as x509 from "@peculiar/x509";

/** A server certificate and the authority that signed it, as PEM. */
export interface Certificate {
  /** The server's private key. */
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
  /** The file with `ca`, for NODE_EXTRA_CA_CERTS. */
  readonly caFile: string;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const dayMs = 24 * 60 * 60 * 1000;
const validityDays = 90;
const renewalDays = 7;

/**
 * Returns the folder's certificate if it covers every host and is valid for another week, else creates a new authority
 * and a new certificate. The authority's private key is not stored: who trusts `caFile` trusts this one certificate
 * only.
 *
 * @param folder for `ca.pem`, `server.pem` and `server-key.pem` (mode 0600); created if missing
 * @param hosts DNS names (a `*.` prefix is a wildcard) and IP addresses
 */
export async function obtainCertificate(folder: string, hosts: readonly string[]): Promise<Certificate> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return (await readCertificate(folder, hosts)) ?? (await makeCertificate(folder, hosts));
}

const filesOf = (folder: string) => ({
  caFile: join(folder, "ca.pem"),
  certFile: join(folder, "server.pem"),
  keyFile: join(folder, "server-key.pem"),
});

async function readCertificate(folder: string, hosts: readonly string[]): Promise<Certificate | undefined> {
  const { caFile, certFile, keyFile } = filesOf(folder);
  try {
    const [ca, cert, key] = await Promise.all([caFile, certFile, keyFile].map((file) => readFile(file, "utf8")));
    if (ca === undefined || cert === undefined || key === undefined) return undefined;
    const authority = new X509Certificate(ca);
    const leaf = new X509Certificate(cert);
    const covered = new Set(leaf.subjectAltName?.split(", "));
    const usable =
      leaf.verify(authority.publicKey) &&
      leaf.checkPrivateKey(createPrivateKey(key)) &&
      Math.min(leaf.validToDate.getTime(), authority.validToDate.getTime()) > Date.now() + renewalDays * dayMs &&
      hosts.every((host) => covered.has(isIP(host) ? `IP Address:${host}` : `DNS:${host}`));
    return usable ? { key, cert, ca, caFile } : undefined;
  } catch {
    return undefined; // Files that are missing, incomplete or not ours are replaced by a new certificate.
  }
}

async function makeCertificate(folder: string, hosts: readonly string[]): Promise<Certificate> {
  const period = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + validityDays * dayMs) };
  const authorityKeys = await generateKeys();
  const serverKeys = await generateKeys();
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    ...period,
    serialNumber: serialNumber(),
    name: "CN=auth0-user-pictures sandbox CA",
    keys: authorityKeys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  });
  const leaf = await x509.X509CertificateGenerator.create({
    ...period,
    serialNumber: serialNumber(),
    subject: "CN=auth0-user-pictures sandbox",
    issuer: authority.subject,
    publicKey: serverKeys.publicKey,
    signingKey: authorityKeys.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        hosts.map((host) => ({ type: isIP(host) ? ("ip" as const) : ("dns" as const), value: host })),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  });
  const { caFile, certFile, keyFile } = filesOf(folder);
  const key = KeyObject.from(serverKeys.privateKey).export({ type: "pkcs8", format: "pem" }).toString();
  const certificate = { key, cert: leaf.toString("pem"), ca: authority.toString("pem"), caFile };
  await rm(keyFile, { force: true }); // writeFile sets the mode of new files only.
  await writeFile(keyFile, key, { mode: 0o600 });
  await writeFile(certFile, certificate.cert);
  await writeFile(caFile, certificate.ca);
  return certificate;
}

const generateKeys = () => webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);

/** 16 random bytes. The first bit is 0, because a serial number is a positive integer. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes.writeUInt8(bytes.readUInt8(0) & 0x7f, 0);
  return bytes.toString("hex");
}
