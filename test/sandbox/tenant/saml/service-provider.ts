// An application with the SAML2 Web App add-on, for a test file: what it sends to the tenant, and what it gets back.
import { deflateRawSync } from "node:zlib";
import { readForm } from "../../../../sandbox/saml-login.ts";
import type { RunningTenant } from "../running-tenant.ts";

export const acsUrl = "https://sp.example/acs";

export interface ServiceProvider {
  readonly clientId: string;
}

/** @param addon the add-on's settings */
export async function createServiceProvider(
  { management }: RunningTenant,
  addon: object = {},
  callbacks = [acsUrl],
): Promise<ServiceProvider> {
  const { client_id = "" } = await management.clients.create({ name: "SP", callbacks, addons: { samlp: addon } });
  return { clientId: client_id };
}

/** An AuthnRequest with what the tests vary. */
export const authnRequest = ({
  attributes = `AssertionConsumerServiceURL="${acsUrl}"`,
  content = `<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${acsUrl}</saml:Issuer>`,
  head = "",
  id = "_request1",
}) =>
  `${head}<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="${id}" Version="2.0" ` +
  `IssueInstant="2026-01-01T00:00:00Z" ${attributes}>${content}</samlp:AuthnRequest>`;

export const deflated = (text: string) => deflateRawSync(text).toString("base64");
export const encoded = (text: string) => Buffer.from(text).toString("base64");

export const jo = { connection: "users", login_hint: "jo@example.com" };

/** HTTP-Redirect. */
export const send = ({ fetch, tenant }: RunningTenant, clientId: string, query: Record<string, string> | string) =>
  fetch(
    `${tenant.issuer}samlp/${clientId}?${typeof query === "string" ? query : new URLSearchParams(query).toString()}`,
    {
      redirect: "manual",
    },
  );

/** HTTP-POST. */
export const post = (
  { fetch, tenant }: RunningTenant,
  clientId: string,
  body: Record<string, string>,
  query: Record<string, string> = jo,
) =>
  fetch(`${tenant.issuer}samlp/${clientId}?${new URLSearchParams(query).toString()}`, {
    method: "POST",
    redirect: "manual",
    body: new URLSearchParams(body),
  });

/** What a browser would post to the service provider: where, and the response's XML. */
export async function posted(response: { text(): Promise<string> }) {
  const { action, fields } = readForm(await response.text());
  const { SAMLResponse = "", RelayState } = fields;
  return { action, relayState: RelayState, xml: Buffer.from(SAMLResponse, "base64").toString(), SAMLResponse };
}
