// The tenant as an identity provider of SAML: /samlp/{clientId} logs a user in to an application that has the SAML2 Web
// App add-on (Auth0 docs, "Customize SAML Assertions"; Authentication API, "SAML").
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { authenticate } from "../authenticate.ts";
import type { Authentication } from "../authenticate.ts";
import { OAuthError, notSimulated } from "../errors.ts";
import { isListed, urlsOf } from "../oauth/application-urls.ts";
import { sendForm } from "../oauth/authorization-response.ts";
import { eventSession } from "../oauth/browser-sessions.ts";
import type { BrowserSession } from "../oauth/browser-sessions.ts";
import type { LoginForm } from "../oauth/login-form.ts";
import { eventRequest, parameters } from "../oauth/oauth-context.ts";
import type { OAuthContext, Parameters } from "../oauth/oauth-context.ts";
import { findLoginOrganization, leadsTo, requireMembership } from "../organization-login.ts";
import { logIn } from "../tenant-login.ts";
import type { Application, JsonObject, Organization } from "../tenant-state.ts";
import { NotAnAuthnRequest, readAuthnRequest } from "./authn-request.ts";
import type { AuthnRequest, SamlMessage } from "./authn-request.ts";
import { nameIdOf, samlAttributes } from "./saml-attributes.ts";
import { metadataOf } from "./saml-metadata.ts";
import { failureResponse, successResponse } from "./saml-response.ts";
import type { ResponseTo } from "./saml-response.ts";
import { samlAddon, samlSettings } from "./saml-settings.ts";

type SamlRoute = { Params: { clientId: string }; Querystring: Parameters; Body?: Parameters };
type SamlRequest = FastifyRequest<SamlRoute>;

/** A login that is asked for, with or without an AuthnRequest. */
interface AskedLogin {
  readonly client: Application;
  readonly addon: JsonObject;
  readonly message: SamlMessage | undefined;
  readonly request: AuthnRequest | undefined;
  readonly acsUrl: string;
  readonly connection: string | undefined;
  readonly loginHint: string | undefined;
  readonly organization?: Organization;
  readonly relayState: string;
  readonly parameters: { readonly query: Parameters; readonly body: Parameters };
}

export function registerSaml(app: FastifyInstance, context: OAuthContext, loginForm: LoginForm): void {
  const { state, sessions, signingKey, memory } = context;
  const entityId = () => `urn:${new URL(context.issuer()).host}`;

  // Of the tenant as a service provider, which its connections never are here.
  app.get("/samlp/metadata", ({ method, url }) => {
    throw notSimulated(method, url);
  });

  app.get<SamlRoute>("/samlp/metadata/:clientId", ({ params }, reply) => {
    const { client_id } = findClient(params.clientId);
    reply.header("content-type", "application/xml; charset=utf-8");
    return metadataOf({
      entityId: entityId(),
      endpoint: `${context.issuer()}samlp/${encodeURIComponent(client_id)}`,
      cert: signingKey.forSaml.cert,
    });
  });

  app.get<SamlRoute>("/samlp/:clientId", { schema: { querystring: parameters } }, begin);
  app.post<SamlRoute>("/samlp/:clientId", { schema: { querystring: parameters, body: parameters } }, begin);

  function begin(http: SamlRequest, reply: FastifyReply): FastifyReply | Promise<FastifyReply> {
    const asked = readLogin(http);
    const { client, connection, loginHint, organization } = asked;
    return answer(reply, asked, () => {
      if (connection !== undefined && loginHint !== undefined) {
        return finish(http, reply, asked, authenticate(state, connection, loginHint));
      }
      const known = asked.request?.forceAuthn ? undefined : sessions.find(http);
      if (known && mayStandFor(known.authentication, asked)) {
        return respond(http, asked, known.session, known.authentication);
      }
      const question = { client, connection, loginHint, organization };
      return loginForm.ask(reply, question, (later, laterReply, authentication) =>
        answer(laterReply, asked, () => finish(later, laterReply, asked, authentication)),
      );
    });
  }

  function findClient(clientId: string): Application {
    const client = state.applications.find(({ client_id }) => client_id === clientId);
    if (!client) throw new OAuthError("invalid_request", `Unknown client: ${clientId}`, 403);
    return client;
  }

  /** @throws OAuthError for the person: nothing is sent to an address that is not the application's */
  function readLogin({ method, url, params, query, body = {} }: SamlRequest): AskedLogin {
    const client = findClient(params.clientId);
    const addon = samlAddon(client);
    if (!addon) throw new OAuthError("invalid_request", "The application has no SAML2 Web App add-on");
    const given: Parameters = { ...query, ...body };
    const message = messageOf(given, method === "GET" ? url : undefined);
    const request = message && readRequest(message, samlSettings(addon).signingCert, method, url);
    const callbacks = urlsOf(client, "callbacks");
    const acsUrl = request?.assertionConsumerServiceUrl ?? callbacks[0] ?? "";
    if (!isListed(acsUrl, callbacks) || !URL.canParse(acsUrl)) {
      throw new OAuthError("invalid_request", "Callback URL mismatch.", 403);
    }
    const organization = findLoginOrganization(state, client, given["organization"] || undefined);
    return {
      ...(organization && { organization }),
      ...{ client, addon, message, request, acsUrl, parameters: { query, body } },
      ...{ connection: given["connection"], loginHint: given["login_hint"], relayState: given["RelayState"] ?? "" },
    };
  }

  function readRequest(message: SamlMessage, signingCert: string | undefined, method: string, url: string) {
    try {
      return readAuthnRequest(message, signingCert);
    } catch (error) {
      if (error instanceof NotAnAuthnRequest) throw notSimulated(`A SAML ${error.element} by ${method}`, url);
      throw error;
    }
  }

  /** Posts the response that `act` makes, or one that says why there is none; or sends what `act` has sent itself. */
  async function answer(
    reply: FastifyReply,
    asked: AskedLogin,
    act: () => Posted | FastifyReply | Promise<Posted | FastifyReply>,
  ): Promise<FastifyReply> {
    const post = ({ xml, relayState }: Posted) =>
      sendForm(reply, asked.acsUrl, { SAMLResponse: Buffer.from(xml).toString("base64"), RelayState: relayState });
    try {
      const result = await act();
      return "xml" in result ? post(result) : result;
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      return post({ xml: failureResponse(responseTo(asked), error.message), relayState: asked.relayState });
    }
  }

  function finish(http: FastifyRequest, reply: FastifyReply, asked: AskedLogin, authentication: Authentication) {
    return respond(http, asked, sessions.begin(http, reply, authentication), authentication);
  }

  async function respond(
    http: FastifyRequest,
    asked: AskedLogin,
    session: BrowserSession,
    authentication: Authentication,
  ): Promise<Posted> {
    const { client, addon, message, acsUrl, loginHint, organization } = asked;
    if (organization) requireMembership(state, organization, authentication);
    sessions.touch(http, session, client.client_id);
    const { saml } = await logIn(state, memory, {
      ...{ client, authentication, protocol: "samlp", scopes: [], ...(organization && { organization }) },
      transaction: { redirect_uri: acsUrl, ...(loginHint !== undefined && { login_hint: loginHint }) },
      request: eventRequest(http, asked.parameters.query, asked.parameters.body),
      session: eventSession(session),
    });
    const to = responseTo(asked, saml.settings);
    const { settings } = to;
    // An Action too may demand that requests are signed.
    if (message && settings.signingCert !== samlSettings(addon).signingCert) {
      readAuthnRequest(message, settings.signingCert);
    }
    const attributes = samlAttributes(authentication.user, client.client_id, settings, saml.attributes);
    const xml = successResponse(to, nameIdOf(authentication.user, attributes, settings), attributes);
    return { xml, relayState: settings.relayState ?? asked.relayState };
  }

  const responseTo = ({ addon, acsUrl, request }: AskedLogin, byAction?: JsonObject): ResponseTo => ({
    ...signingKey.forSaml,
    ...{ issuer: entityId(), acsUrl, inResponseTo: request?.id, audience: request?.issuer },
    settings: samlSettings(addon, byAction),
  });
}

const mayStandFor = (known: Authentication, { connection, organization }: AskedLogin) =>
  (connection === undefined || known.connection.name === connection) && leadsTo(organization, known.connection);

interface Posted {
  readonly xml: string;
  readonly relayState: string;
}

/** @param url that of HTTP-Redirect, whose signature is in the query */
function messageOf(given: Parameters, url: string | undefined): SamlMessage | undefined {
  const { SAMLRequest: encoded, Signature: signature, SigAlg: algorithm } = given;
  if (encoded === undefined) return undefined;
  if (url === undefined || signature === undefined) return { encoded };
  return { encoded, signature, query: url.replace(/^[^?]*\??/s, ""), ...(algorithm !== undefined && { algorithm }) };
}
