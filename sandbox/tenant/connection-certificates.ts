// What Auth0 reads from the certificate and the metadata of a SAML identity provider, by its recorded responses.
import { X509Certificate } from "node:crypto";
import { payloadError } from "./errors.ts";
import { parseXml } from "./saml/xml.ts";
import type { JsonObject } from "./tenant-state.ts";

const httpRedirect = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";

/**
 * Recording TestAccConnectionSAML. Of metadata at a URL (5) there is nothing to read here, without a network: what was
 * read of the provider before stays.
 */
export function samlOptions(options: JsonObject, previous: JsonObject | undefined): JsonObject {
  const readBefore = Object.entries(previous ?? {}).filter(
    ([option]) => options["metadataUrl"] !== undefined && described.includes(option) && options[option] === undefined,
  );
  const read: JsonObject = { ...Object.fromEntries(readBefore), ...metadataOptions(options) };
  const { bindingMethod = httpRedirect } = options;
  const certificate = certificateOptions({ ...options, ...read });
  return { ...read, ...certificate, ...("cert" in certificate && { bindingMethod }) };
}

const described: readonly string[] = ["signInEndpoint", "signOutEndpoint", "signingCert"];

/**
 * What Auth0 reads from an identity provider's metadata.
 *
 * @throws ManagementApiError 400 if that is not XML, or if its certificate is none
 */
function metadataOptions({ metadataXml }: JsonObject): JsonObject {
  if (typeof metadataXml !== "string") return {};
  const elementNamed = elementsOf(metadataXml);
  const [signInEndpoint, signOutEndpoint] = ["SingleSignOnService", "SingleLogoutService"].map(
    (service) => elementNamed(service)?.getAttribute("Location") ?? undefined,
  );
  const der = elementNamed("X509Certificate")?.textContent ?? undefined;
  return {
    ...(signInEndpoint !== undefined && { signInEndpoint }),
    ...(signOutEndpoint !== undefined && { signOutEndpoint }),
    ...(der !== undefined && {
      signingCert: Buffer.from(certificateIn(der).toString()).toString("base64"),
    }),
  };
}

/** What finds the first element of a name, in whatever namespace. */
function elementsOf(metadataXml: string) {
  try {
    const root = parseXml(metadataXml);
    return (name: string) => root.getElementsByTagNameNS("*", name).item(0);
  } catch {
    throw payloadError("options.metadataXml is not valid XML");
  }
}

function certificateIn(der: string): X509Certificate {
  try {
    return new X509Certificate(Buffer.from(der, "base64"));
  } catch {
    throw payloadError("options.metadataXml has a certificate that is not valid");
  }
}

/**
 * Recordings TestAccConnectionSAML and TestAccConnectionPingFederate. `signingCert` is a PEM, or a PEM in base64. From
 * other values nothing is derived.
 */
export function certificateOptions({ signingCert }: JsonObject): JsonObject {
  if (typeof signingCert !== "string") return {};
  const pem = signingCert.startsWith("-----BEGIN") ? signingCert : Buffer.from(signingCert, "base64");
  try {
    const certificate = new X509Certificate(pem);
    return {
      cert: certificate.toString(),
      expires: certificate.validToDate.toISOString(),
      subject: subjectOf(certificate),
      thumbprints: [certificate.fingerprint.replaceAll(":", "").toLowerCase()],
    };
  } catch {
    return {};
  }
}

const subjectAttributes: Readonly<Record<string, string>> = {
  C: "countryName",
  ST: "stateOrProvinceName",
  L: "localityName",
  O: "organizationName",
  OU: "organizationalUnitName",
  CN: "commonName",
};

/** From lines such as `CN=localhost`. */
const subjectOf = ({ subject }: X509Certificate): JsonObject =>
  Object.fromEntries(
    subject.split("\n").map((line) => {
      const [name = "", ...value] = line.split("=");
      return [subjectAttributes[name] ?? name, value.join("=")];
    }),
  );
