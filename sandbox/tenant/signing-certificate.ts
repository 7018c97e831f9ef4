// The certificate of the tenant's signing key, which service providers of SAML verify with.
import "reflect-metadata"; // @peculiar/x509's dependency injection needs it, and needs it first.
import { X509Certificate, createPublicKey, randomBytes } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { join } from "node:path";
import * as x509 from "@peculiar/x509";
import { readIfPresent, writePrivateFile } from "../private-file.ts";

/** As long as those of Auth0's tenants are valid. */
const validityDays = 5000;
const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

/**
 * @param folder has `signing-certificate.pem`, which is created if it is missing or belongs to another key
 * @returns the certificate as PEM, self-signed as those of Auth0's tenants are
 */
export async function openSigningCertificate(folder: string, privateKey: KeyObject): Promise<string> {
  const file = join(folder, "signing-certificate.pem");
  const stored = readIfPresent(file);
  if (stored !== undefined && isOf(stored, privateKey)) return stored;
  const made = await makeCertificate(privateKey);
  writePrivateFile(file, made);
  return made;
}

function isOf(pem: string, privateKey: KeyObject): boolean {
  try {
    const certificate = new X509Certificate(pem);
    return certificate.checkPrivateKey(privateKey) && certificate.validToDate.getTime() > Date.now();
  } catch {
    return false;
  }
}

async function makeCertificate(privateKey: KeyObject): Promise<string> {
  const keys = {
    privateKey: privateKey.toCryptoKey(algorithm, true, ["sign"]),
    publicKey: createPublicKey(privateKey).toCryptoKey(algorithm, true, ["verify"]),
  };
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: `01${randomBytes(8).toString("hex")}`,
    name: "CN=localhost",
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + validityDays * 24 * 60 * 60 * 1000),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  return certificate.toString("pem");
}
