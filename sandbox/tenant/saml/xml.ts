// XML that strangers write is parsed here, and what is made of their values is written here.
import { DOMImplementation, DOMParser, XMLSerializer, onWarningStopParsing } from "@xmldom/xmldom";
import type { Document, Element } from "@xmldom/xmldom";

export const namespaces = {
  protocol: "urn:oasis:names:tc:SAML:2.0:protocol",
  assertion: "urn:oasis:names:tc:SAML:2.0:assertion",
  metadata: "urn:oasis:names:tc:SAML:2.0:metadata",
  signature: "http://www.w3.org/2000/09/xmldsig#",
} as const;

/** @throws if the text is no well-formed XML, or has a document type: SAML has none, and entities need one */
export function parseXml(text: string): Element {
  if (/<!DOCTYPE/i.test(text)) throw new Error("A document type is not allowed");
  const { documentElement } = new DOMParser({ onError: onWarningStopParsing }).parseFromString(text, "text/xml");
  if (!documentElement) throw new Error("There is no element");
  return documentElement;
}

/** The element's own children of this name. */
export const childrenOf = (parent: Element, namespace: string, name: string): Element[] =>
  [...parent.childNodes].filter((node): node is Element => node.namespaceURI === namespace && node.localName === name);

/** An element to write: its name with its prefix, its attributes without those that are undefined, and its content. */
export interface Markup {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, string | undefined>>;
  readonly content?: string | readonly Markup[];
}

const prefixes: Readonly<Record<string, string>> = {
  samlp: namespaces.protocol,
  saml: namespaces.assertion,
  ds: namespaces.signature,
};

/** @param unprefixed the namespace of elements without a prefix */
export function writeXml(root: Markup, unprefixed: string | null = null): string {
  const document = new DOMImplementation().createDocument(null, "");
  document.appendChild(build(document, root, unprefixed));
  return new XMLSerializer().serializeToString(document, { requireWellFormed: true });
}

function build(
  document: Document,
  { name, attributes = {}, content = [] }: Markup,
  unprefixed: string | null,
): Element {
  const [prefix = "", local] = name.split(":");
  const element = document.createElementNS(local === undefined ? unprefixed : (prefixes[prefix] ?? null), name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    if (attribute.startsWith("xmlns")) element.setAttributeNS("http://www.w3.org/2000/xmlns/", attribute, value);
    else if (attribute.startsWith("xsi:")) element.setAttributeNS(schemaInstance, attribute, legible(value));
    else element.setAttribute(attribute, legible(value));
  }
  if (typeof content === "string") element.appendChild(document.createTextNode(legible(content)));
  else for (const child of content) element.appendChild(build(document, child, unprefixed));
  return element;
}

export const schemaInstance = "http://www.w3.org/2001/XMLSchema-instance";

/** XML cannot hold every character, however it is written; and a carriage return would be read as another one. */
const legible = (text: string) =>
  text
    .toWellFormed()
    .replace(/\r\n?/g, "\n")
    // oxlint-disable-next-line no-control-regex -- these are the ones that XML 1.0 excludes
    .replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, "\uFFFD");
