// What a service provider is told about the tenant as an identity provider. Its form is that of live tenants
// (LibreChat, samlStrategy.spec.js).
import { namespaces, writeXml } from "./xml.ts";
import type { Markup } from "./xml.ts";

export interface IdentityProvider {
  readonly entityId: string;
  /** Where AuthnRequests go. */
  readonly endpoint: string;
  /** As PEM. */
  readonly cert: string;
}

const bindings = ["HTTP-Redirect", "HTTP-POST"].map((name) => `urn:oasis:names:tc:SAML:2.0:bindings:${name}`);

const nameIdFormats = ["1.1:nameid-format:emailAddress", "2.0:nameid-format:persistent", "2.0:nameid-format:transient"];

/** Logout is left out: it is not simulated. */
export function metadataOf({ entityId, endpoint, cert }: IdentityProvider): string {
  const base64 = cert.replace(/-----[^-]+-----|\s/g, "");
  const key: Markup = {
    name: "KeyDescriptor",
    attributes: { use: "signing" },
    content: [
      {
        name: "ds:KeyInfo",
        content: [{ name: "ds:X509Data", content: [{ name: "ds:X509Certificate", content: base64 }] }],
      },
    ],
  };
  return writeXml(
    {
      name: "EntityDescriptor",
      attributes: { entityID: entityId },
      content: [
        {
          name: "IDPSSODescriptor",
          attributes: { protocolSupportEnumeration: namespaces.protocol },
          content: [
            key,
            ...nameIdFormats.map((format) => ({ name: "NameIDFormat", content: `urn:oasis:names:tc:SAML:${format}` })),
            ...bindings.map((Binding) => ({
              name: "SingleSignOnService",
              attributes: { Binding, Location: endpoint },
            })),
          ],
        },
      ],
    },
    namespaces.metadata,
  );
}
