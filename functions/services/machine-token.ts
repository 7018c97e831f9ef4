// The access token of a machine-to-machine client, for the Management API, kept for as long as the function lives.
import { randomUUID } from "node:crypto";
import type { MachineClient } from "./environment-variables.ts";

/** What a client proves itself with. */
export interface ClientProofs {
  /** Reads an SSM parameter. */
  readonly readSecret: (parameter: string) => Promise<string>;
  /** Returns an RS256 signature of a text by a KMS key. */
  readonly sign: (key: string, text: string) => Promise<Buffer>;
}

/** What an invocation can do until its deadline. */
export interface TokenRequests {
  /** The tenant's. */
  readonly domain: string;
  /** Asks Auth0. @param request is made anew each time that it is sent */
  readonly ask: (path: string, request: () => Promise<RequestInit>) => Promise<Response>;
  readonly proofs: ClientProofs;
}

export interface MachineToken {
  /** The token that is kept, or a new one. @throws Error if the client gets none */
  get(requests: TokenRequests): Promise<string>;
  /** It was refused: the next is a new one. */
  forget(): void;
}

/** In milliseconds: a token is not used until its last moment. */
const margin = 60_000;

/** A secret is kept too, and read again where it is refused, because it was changed. */
export function machineToken({ clientId, ...client }: MachineClient): MachineToken {
  let secret: string | undefined;
  let token: { readonly text: string; readonly until: number } | undefined;

  async function proof({ domain, proofs }: TokenRequests): Promise<Readonly<Record<string, string>>> {
    if (client.signingKey === undefined) {
      secret ??= await proofs.readSecret(client.secretParameter);
      return { client_secret: secret };
    }
    const sign = (text: string) => proofs.sign(client.signingKey, text);
    return {
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: await clientAssertion(clientId, `https://${domain}/`, sign),
    };
  }

  const request = (requests: TokenRequests) =>
    requests.ask("/oauth/token", async () => ({
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        grant_type: "client_credentials",
        client_id: clientId,
        ...(await proof(requests)),
        audience: `https://${requests.domain}/api/v2/`,
      }),
    }));

  return {
    async get(requests) {
      if (token !== undefined && token.until > Date.now()) return token.text;
      const wasKnown = secret !== undefined;
      let response = await request(requests);
      if ((response.status === 401 || response.status === 403) && wasKnown) {
        secret = undefined;
        response = await request(requests);
      }
      if (!response.ok) {
        secret = undefined;
        throw new Error(`Auth0 gives client ${clientId} no token: ${response.status}`);
      }
      token = await tokenIn(response);
      return token.text;
    },
    forget: () => {
      token = undefined;
    },
  };
}

/** @throws Error for what is no token. It says nothing of the answer, which can be half of one */
async function tokenIn(response: Response) {
  const body = (await response.json().catch(() => undefined)) as Readonly<Record<string, unknown>> | null | undefined;
  const { access_token: text, expires_in: seconds } = body ?? {};
  if (typeof text !== "string" || !/^[\x21-\x7e]+$/.test(text) || typeof seconds !== "number")
    throw new Error("Auth0 answers without a token.");
  return { text, until: Date.now() + seconds * 1000 - margin };
}

/** In seconds: Auth0 takes five minutes at most, and asks for no more than one. */
const assertionLifetime = 60;

/**
 * A client's proof for one request (Auth0 docs, "Authenticate with Private Key JWT"). It names no key: Auth0 tries all
 * of the client's.
 */
async function clientAssertion(clientId: string, audience: string, sign: (text: string) => Promise<Buffer>) {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: clientId,
    sub: clientId,
    aud: audience,
    iat: now,
    exp: now + assertionLifetime,
    jti: randomUUID(),
  };
  const signed = [{ alg: "RS256", typ: "JWT" }, claims].map(encodePart).join(".");
  return `${signed}.${(await sign(signed)).toString("base64url")}`;
}

const encodePart = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
