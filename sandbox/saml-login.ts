// A SAML login as an application does it: a service provider that reads the tenant's metadata, sends an AuthnRequest
// and verifies the response, through @node-saml/node-saml.
import { SAML, ValidateInResponseTo } from "@node-saml/node-saml";
import type { Profile, SamlConfig } from "@node-saml/node-saml";
import { Agent, fetch } from "undici";

export interface SamlLoginOptions {
  /** The application, which has the SAML2 Web App add-on. */
  readonly clientId: string;
  /** One of its callbacks. No server needs to listen there. */
  readonly acsUrl: string;
  /** The connection's name. */
  readonly connection: string;
  /** The user: an e-mail address or, with an identity provider, the `sub`. */
  readonly loginHint: string;
  /** The only certificate authority that this login trusts, as PEM. */
  readonly ca: string;
  /** Of the service provider, in place of those that follow from the others. */
  readonly config?: Partial<SamlConfig>;
}

export interface SamlLoginResult {
  /** What the verified assertion says: `nameID`, and the attributes by their names. */
  readonly profile: Profile;
  readonly relayState: string;
  /** As the browser posts it, in base64. */
  readonly samlResponse: string;
  readonly serviceProvider: SAML;
}

/** @throws what node-saml throws: a SamlStatusError if the login was denied, an Error if the response is not valid */
export async function logInBySaml(
  { issuer }: { readonly issuer: string },
  { clientId, acsUrl, connection, loginHint, ca, config }: SamlLoginOptions,
): Promise<SamlLoginResult> {
  const agent = new Agent({ connect: { ca } });
  try {
    const get = async (url: string) => (await fetch(url, { dispatcher: agent })).text();
    const metadata = await get(`${issuer}samlp/metadata/${clientId}`);
    const idpIssuer = find(metadata, /<EntityDescriptor\s[^>]*entityID="([^"]*)"/);
    const serviceProvider = new SAML({
      entryPoint: find(metadata, /<SingleSignOnService\s[^>]*HTTP-Redirect"\s+Location="([^"]*)"/),
      idpCert: find(metadata, /X509Certificate>([^<]*)</),
      idpIssuer,
      ...{ issuer: acsUrl, callbackUrl: acsUrl, audience: acsUrl },
      ...{ wantAssertionsSigned: true, wantAuthnResponseSigned: false },
      ...{ validateInResponseTo: ValidateInResponseTo.always, identifierFormat: null },
      ...config,
    });
    const additionalParams = { connection, login_hint: loginHint };
    const page = await get(await serviceProvider.getAuthorizeUrlAsync("relayed", undefined, { additionalParams }));
    const { action, fields } = readForm(page);
    if (action !== acsUrl) throw new Error(`The tenant did not respond to the service provider: ${page}`);
    const { SAMLResponse: samlResponse = "", RelayState: relayState = "" } = fields;
    const { profile } = await serviceProvider.validatePostResponseAsync({ SAMLResponse: samlResponse });
    if (!profile) throw new Error("The response has no assertion");
    // node-saml compares the issuer of a logout only.
    if (profile.issuer !== serviceProvider.options.idpIssuer) throw new Error(`Unknown SAML issuer: ${profile.issuer}`);
    return { profile, relayState, samlResponse, serviceProvider };
  } finally {
    await agent.close();
  }
}

/** The form of a page that a browser would post. */
export function readForm(page: string): { action: string | undefined; fields: Record<string, string> } {
  const action = /<form\s[^>]*action="([^"]*)"/.exec(page)?.[1];
  const inputs = [...page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)];
  return {
    action: action === undefined ? undefined : unescapeHtml(action),
    fields: Object.fromEntries(inputs.map(([, name = "", value = ""]) => [name, unescapeHtml(value)])),
  };
}

const unescapeHtml = (text: string) =>
  text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));

function find(text: string, pattern: RegExp): string {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`The tenant's SAML metadata has no ${pattern.source}: ${text}`);
  return found;
}
