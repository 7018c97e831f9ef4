// The response to a SAML login: what it says, and its signature. Its form is that of the responses of live tenants
// (metabase, test_resources/saml-test-response.xml).
import { SignedXml } from "xml-crypto";
import { newId } from "../tenant-state.ts";
import type { AttributeValue, SamlAttributes } from "./saml-attributes.ts";
import { digestAlgorithms, signatureAlgorithms } from "./saml-settings.ts";
import type { SamlSettings } from "./saml-settings.ts";
import { namespaces, schemaInstance, writeXml } from "./xml.ts";
import type { Markup } from "./xml.ts";

export interface ResponseTo {
  /** Of the identity provider: its entity ID. */
  readonly issuer: string;
  /** Where the response is posted. */
  readonly acsUrl: string;
  /** The request's ID, if there was a request. */
  readonly inResponseTo: string | undefined;
  /** The service provider, if it is known. */
  readonly audience: string | undefined;
  readonly settings: SamlSettings;
  /** The tenant's key and certificate, as PEM. */
  readonly key: string;
  readonly cert: string;
}

/** @returns the signed XML */
export function successResponse(to: ResponseTo, nameId: string, attributes: SamlAttributes): string {
  const response = markResponse(to, [
    { name: "samlp:Status", content: [{ name: "samlp:StatusCode", attributes: { Value: `${status}Success` } }] },
    markAssertion(to, nameId, attributes),
  ]);
  return sign(writeXml(response), to.settings.signResponse ? responsePath : assertionPath, to);
}

/**
 * A login that failed has no assertion (Auth0 community, "Send a SAML Response that Includes the AudienceRestriction
 * Tag when api.access.deny() Is Called"); its status is that of auth0/node-samlp.
 */
export function failureResponse(to: ResponseTo, message: string): string {
  const response = markResponse(to, [
    {
      name: "samlp:Status",
      content: [
        { name: "samlp:StatusCode", attributes: { Value: `${status}Responder` } },
        { name: "samlp:StatusMessage", content: message },
      ],
    },
  ]);
  const xml = writeXml(response);
  return to.settings.signResponse ? sign(xml, responsePath, to) : xml;
}

const status = "urn:oasis:names:tc:SAML:2.0:status:";
const responsePath = `/*[local-name(.)='Response' and namespace-uri(.)='${namespaces.protocol}']`;
const assertionPath = `${responsePath}/*[local-name(.)='Assertion' and namespace-uri(.)='${namespaces.assertion}']`;

const issuedBy = (issuer: string): Markup => ({ name: "saml:Issuer", content: issuer });

function markResponse({ issuer, acsUrl, inResponseTo, settings }: ResponseTo, content: readonly Markup[]): Markup {
  return {
    name: "samlp:Response",
    attributes: {
      "xmlns:saml": namespaces.assertion,
      ID: `_${newId(20)}`,
      InResponseTo: inResponseTo,
      Version: "2.0",
      IssueInstant: new Date().toISOString(),
      Destination: settings.destination ?? acsUrl,
    },
    content: [issuedBy(settings.issuer ?? issuer), ...content],
  };
}

function markAssertion(to: ResponseTo, nameId: string, attributes: SamlAttributes): Markup {
  const { settings, acsUrl, inResponseTo } = to;
  const audience = settings.audience ?? to.audience;
  const now = new Date().toISOString();
  const end = new Date(Date.now() + settings.lifetimeInSeconds * 1000).toISOString();
  const confirmation = { NotOnOrAfter: end, Recipient: settings.recipient ?? acsUrl, InResponseTo: inResponseTo };
  const restriction: Markup[] =
    audience === undefined
      ? []
      : [{ name: "saml:AudienceRestriction", content: [{ name: "saml:Audience", content: audience }] }];
  return {
    name: "saml:Assertion",
    attributes: { Version: "2.0", ID: `_${newId(32)}`, IssueInstant: now },
    content: [
      issuedBy(settings.issuer ?? to.issuer),
      {
        name: "saml:Subject",
        content: [
          { name: "saml:NameID", attributes: { Format: settings.nameIdentifierFormat }, content: nameId },
          {
            name: "saml:SubjectConfirmation",
            attributes: { Method: "urn:oasis:names:tc:SAML:2.0:cm:bearer" },
            content: [{ name: "saml:SubjectConfirmationData", attributes: confirmation }],
          },
        ],
      },
      { name: "saml:Conditions", attributes: { NotBefore: now, NotOnOrAfter: end }, content: restriction },
      {
        name: "saml:AuthnStatement",
        attributes: { AuthnInstant: now, SessionIndex: `_${newId(32)}` },
        content: [
          {
            name: "saml:AuthnContext",
            content: [{ name: "saml:AuthnContextClassRef", content: settings.authnContextClassRef }],
          },
        ],
      },
      ...(attributes.size > 0 ? [markAttributes(attributes, settings)] : []),
    ],
  };
}

function markAttributes(attributes: SamlAttributes, settings: SamlSettings): Markup {
  return {
    name: "saml:AttributeStatement",
    attributes: { "xmlns:xs": "http://www.w3.org/2001/XMLSchema", "xmlns:xsi": schemaInstance },
    content: [...attributes].map(([name, values]) => ({
      name: "saml:Attribute",
      attributes: { Name: name, NameFormat: settings.includeAttributeNameFormat ? nameFormat(name) : undefined },
      content: values.map((value) => ({
        name: "saml:AttributeValue",
        attributes: { "xsi:type": settings.typedAttributes ? typeOf(value) : "xs:anyType" },
        content: textOf(value),
      })),
    })),
  };
}

const nameFormat = (name: string) =>
  `urn:oasis:names:tc:SAML:2.0:attrname-format:${
    /^[a-z][a-z\d+.-]*:\S+$/i.test(name) ? "uri" : /^[\p{L}_][\p{L}\p{N}._-]*$/u.test(name) ? "basic" : "unspecified"
  }`;

function typeOf(value: AttributeValue): string {
  if (value instanceof Date) return "xs:anyType";
  return { string: "xs:string", boolean: "xs:boolean", number: "xs:double" }[typeof value as "string"];
}

/** A time is the text of a JavaScript Date, in those responses too. */
function textOf(value: AttributeValue): string {
  if (!(value instanceof Date)) return String(value);
  const [weekday = "", day = "", month = "", year = "", time = ""] = value.toUTCString().split(/,? /);
  return `${weekday} ${month} ${day} ${year} ${time} GMT+0000 (Coordinated Universal Time)`;
}

/** The signature comes after the issuer, as the schema demands. */
function sign(xml: string, path: string, { settings, key, cert }: ResponseTo): string {
  const own = settings.ownKey ?? { key, cert };
  const signed = new SignedXml({
    privateKey: own.key,
    publicCert: own.cert,
    signatureAlgorithm: signatureAlgorithms[settings.signatureAlgorithm],
    canonicalizationAlgorithm: "http://www.w3.org/2001/10/xml-exc-c14n#",
  });
  signed.addReference({
    xpath: path,
    transforms: ["http://www.w3.org/2000/09/xmldsig#enveloped-signature", "http://www.w3.org/2001/10/xml-exc-c14n#"],
    digestAlgorithm: digestAlgorithms[settings.digestAlgorithm],
  });
  signed.computeSignature(xml, {
    location: { reference: `${path}/*[local-name(.)='Issuer']`, action: "after" },
  });
  return signed.getSignedXml();
}
