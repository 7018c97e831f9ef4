// What a service provider asks for: an AuthnRequest, as HTTP-Redirect or HTTP-POST brings it (SAML 2.0, Bindings).
import { createVerify } from "node:crypto";
import { inflateRawSync } from "node:zlib";
import type { Element } from "@xmldom/xmldom";
import { XMLSerializer } from "@xmldom/xmldom";
import { SignedXml } from "xml-crypto";
import { OAuthError } from "../errors.ts";
import { childrenOf, namespaces, parseXml } from "./xml.ts";

export interface AuthnRequest {
  readonly id: string;
  /** The service provider's entity ID. */
  readonly issuer?: string;
  readonly assertionConsumerServiceUrl?: string;
  /** Whether a session must not stand for the user's credentials. */
  readonly forceAuthn: boolean;
}

/** How a message came. */
export interface SamlMessage {
  /** `SAMLRequest`, in base64: deflated, or not. */
  readonly encoded: string;
  /** Of HTTP-Redirect: the query as it was sent, and the signature that it has beside the message. */
  readonly query?: string;
  readonly signature?: string;
  readonly algorithm?: string;
}

/** A request has a few kilobytes; a hostile one may inflate to a thousand times its size. */
const maxBytes = 256 * 1024;

/**
 * @param signingCert the service provider's certificate as PEM, if its requests must be signed
 * @throws OAuthError for what is no AuthnRequest, or is not signed as it must be
 */
export function readAuthnRequest(message: SamlMessage, signingCert: string | undefined): AuthnRequest {
  const xml = decode(message.encoded);
  const root = parse(signingCert === undefined ? xml : signedContent(message, xml, signingCert));
  if (root.namespaceURI !== namespaces.protocol) throw invalid("it has another namespace");
  if (root.localName !== "AuthnRequest") throw new NotAnAuthnRequest(root.localName ?? "");
  if (root.getAttribute("Version") !== "2.0") throw invalid("its version is not 2.0");
  const id = root.getAttribute("ID") ?? "";
  // An xs:ID: the response has it in InResponseTo.
  if (!/^[\p{L}_][\p{L}\p{N}._-]*$/u.test(id)) throw invalid("it has no ID");
  const issuer = childrenOf(root, namespaces.assertion, "Issuer")[0]?.textContent?.trim();
  const assertionConsumerServiceUrl = root.getAttribute("AssertionConsumerServiceURL");
  return {
    id,
    ...(issuer !== undefined && issuer !== "" && { issuer }),
    ...(assertionConsumerServiceUrl !== null && { assertionConsumerServiceUrl }),
    forceAuthn: ["true", "1"].includes(root.getAttribute("ForceAuthn") ?? ""),
  };
}

/** Another message of SAML, such as a LogoutRequest. */
export class NotAnAuthnRequest extends Error {
  readonly element: string;

  constructor(element: string) {
    super(`The SAML message is a ${element}`);
    this.element = element;
  }
}

const invalid = (reason: string) => new OAuthError("invalid_request", `Invalid SAML Request: ${reason}`);

function decode(encoded: string): string {
  const bytes = Buffer.from(encoded, "base64");
  try {
    // Auth0's own library (auth0/node-samlp) tells by the first character, "<", whether the message is deflated.
    const text = bytes[0] === 0x3c ? bytes : inflateRawSync(bytes, { maxOutputLength: maxBytes });
    if (text.length > maxBytes) throw new RangeError("too long");
    return new TextDecoder("utf-8", { fatal: true }).decode(text);
  } catch {
    throw invalid("it cannot be decoded");
  }
}

function parse(xml: string): Element {
  try {
    return parseXml(xml);
  } catch {
    throw invalid("it is no XML that is allowed here");
  }
}

/**
 * The part of the message that is signed, which is all of it, or the reason why not. The words are those of
 * auth0/node-samlp.
 */
function signedContent(message: SamlMessage, xml: string, signingCert: string): string {
  if (message.signature !== undefined) {
    verifyQuery(message, signingCert);
    return xml;
  }
  const [signature, another] = childrenOf(parse(xml), namespaces.signature, "Signature");
  if (!signature || another) {
    throw new OAuthError(
      "invalid_request",
      "SAMLRequest message MUST be signed when using an asynchronous binding (POST or Redirect)",
    );
  }
  try {
    // Without a certificate of the message's own: only the one that is configured counts.
    const signed = new SignedXml({ publicCert: signingCert, getCertFromKeyInfo: () => null });
    signed.loadSignature(new XMLSerializer().serializeToString(signature));
    if (!signed.checkSignature(xml)) throw new Error("The signature is wrong");
    const [content, more] = signed.getSignedReferences();
    if (content === undefined || more !== undefined) throw new Error("One reference is expected");
    return content;
  } catch (error) {
    throw new OAuthError("invalid_request", `Signature check errors: ${(error as Error).message}`);
  }
}

const digests: Readonly<Record<string, string>> = {
  "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256": "RSA-SHA256",
  "http://www.w3.org/2000/09/xmldsig#rsa-sha1": "RSA-SHA1",
};

/** What is signed are the parameters in this order, as they were encoded (SAML 2.0, Bindings, 3.4.4.1). */
function verifyQuery({ query = "", signature = "", algorithm = "" }: SamlMessage, signingCert: string): void {
  const digest = digests[algorithm];
  if (digest === undefined) throw new OAuthError("invalid_request", "Invalid signature algorithm.");
  const sent = new Map(query.split("&").map((pair) => [pair.replace(/=.*/s, ""), pair]));
  const content = ["SAMLRequest", "RelayState", "SigAlg"].flatMap((name) => sent.get(name) ?? []).join("&");
  if (isSignedBy(signingCert, digest, content, signature)) return;
  throw new OAuthError(
    "invalid_request",
    `Signature check errors: The signature provided (${signature}) does not match the one calculated`,
  );
}

function isSignedBy(signingCert: string, digest: string, content: string, signature: string): boolean {
  try {
    return createVerify(digest).update(content).verify(signingCert, signature, "base64");
  } catch {
    return false; // The certificate is none.
  }
}
