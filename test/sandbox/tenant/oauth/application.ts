// An application of the tenant, with a browser that keeps the tenant's cookies: the calls that a single-page
// application makes, over the plain listener or over https.
import { createHash, randomBytes } from "node:crypto";
import { decodeJwt } from "jose";
import { fetch as undiciFetch } from "undici";
import type { Response } from "undici";
import type { RunningTenant } from "../running-tenant.ts";

export type Fields = Record<string, string>;

export interface Answer {
  readonly status: number;
  readonly headers: Response["headers"];
  readonly text: string;
  /** The parameters of the redirect, if there is one. */
  readonly location: URL | undefined;
}

export interface Tokens {
  readonly access_token: string;
  readonly id_token?: string;
  readonly refresh_token?: string;
  readonly scope: string;
}

export class Application {
  readonly origin = "http://localhost:4010";
  readonly callback = `${this.origin}/callback`;
  readonly verifier = randomBytes(32).toString("base64url");
  /** The tenant's address: that of the plain listener, or of the issuer. */
  readonly tenant: string;
  readonly clientId: string;
  cookie: string | undefined;
  readonly #fetch: typeof undiciFetch;

  constructor(tenant: string, clientId: string, fetch: typeof undiciFetch = undiciFetch) {
    this.tenant = tenant;
    this.clientId = clientId;
    this.#fetch = fetch;
  }

  /** Creates a public client with this application's URLs, whose tenant listens without TLS too. */
  static async create({ tenant, management }: RunningTenant, changed: object = {}): Promise<Application> {
    const application = new Application(await tenant.listenPlain(), "");
    const { client_id = "" } = await management.clients.create({
      ...{ name: "Shop", app_type: "spa", token_endpoint_auth_method: "none" },
      callbacks: [application.callback],
      ...{ web_origins: [application.origin], allowed_logout_urls: [`${application.origin}/bye`] },
      refresh_token: { rotation_type: "rotating", expiration_type: "expiring", leeway: 0 },
      ...changed,
    });
    return new Application(application.tenant, client_id);
  }

  /** The same application in another browser. */
  inAnotherBrowser(): Application {
    return new Application(this.tenant, this.clientId, this.#fetch);
  }

  async request(path: string, init: { method?: string; headers?: Fields; body?: string | URLSearchParams } = {}) {
    const headers = { ...init.headers, ...(this.cookie !== undefined && { cookie: this.cookie }) };
    const response = await this.#fetch(new URL(path, this.tenant), { ...init, headers, redirect: "manual" });
    const [cookie] = response.headers.getSetCookie();
    if (cookie !== undefined) this.cookie = cookie.includes("Max-Age=0;") ? undefined : cookie.split(";")[0];
    const location = response.headers.get("location");
    return {
      status: response.status,
      headers: response.headers,
      text: await response.text(),
      location: location === null ? undefined : new URL(location, this.tenant),
    } satisfies Answer;
  }

  authorize(changed: Fields = {}): Promise<Answer> {
    const query = new URLSearchParams({
      ...{ response_type: "code", client_id: this.clientId, redirect_uri: this.callback },
      ...{ scope: "openid profile email offline_access", state: "s", nonce: "n" },
      ...{ code_challenge: this.challenge(), code_challenge_method: "S256" },
      ...changed,
    });
    return this.request(`/authorize?${query.toString()}`);
  }

  challenge(): string {
    return createHash("sha256").update(this.verifier).digest("base64url");
  }

  /** Sends the login page's form. */
  choose(page: Answer, connection: string, login_hint: string, headers: Fields = {}): Promise<Answer> {
    const state = page.location?.searchParams.get("state") ?? "";
    const body = new URLSearchParams({ state, connection, login_hint });
    return this.request("/u/login", { method: "POST", body, headers });
  }

  post(path: string, fields: Fields, headers: Fields = {}): Promise<Answer> {
    return this.request(path, { method: "POST", body: new URLSearchParams(fields), headers });
  }

  redeem(code: string, changed: Fields = {}): Promise<Answer> {
    const { clientId: client_id, callback: redirect_uri, verifier: code_verifier } = this;
    const fields = { grant_type: "authorization_code", client_id, redirect_uri, code, code_verifier };
    return this.post("/oauth/token", { ...fields, ...changed });
  }

  refresh(refresh_token: string, changed: Fields = {}): Promise<Answer> {
    const fields = { grant_type: "refresh_token", client_id: this.clientId, refresh_token };
    return this.post("/oauth/token", { ...fields, ...changed });
  }

  /** Logs in with the page, or without it if the parameters or a session make that possible. */
  async logIn(connection: string, loginHint: string, changed: Fields = {}): Promise<Tokens> {
    return this.tokens(await this.codeOf(connection, loginHint, changed));
  }

  async codeOf(connection: string, loginHint: string, changed: Fields = {}): Promise<string> {
    let answer = await this.authorize(changed);
    if (answer.location?.pathname === "/u/login") answer = await this.choose(answer, connection, loginHint);
    const code = answer.location?.searchParams.get("code");
    if (code) return code;
    throw new Error(`no code: ${answer.status} ${answer.location?.href ?? answer.text}`);
  }

  async tokens(code: string): Promise<Tokens> {
    return tokensOf(await this.redeem(code));
  }
}

export function tokensOf({ status, text }: Answer): Tokens {
  if (status !== 200) throw new Error(`no tokens: ${status} ${text}`);
  return JSON.parse(text) as Tokens;
}

export const claimsOf = ({ id_token = "" }: Tokens) => decodeJwt(id_token);

export const errorOf = ({ status, text }: Answer) => ({ status, ...(JSON.parse(text) as object) });
