// The access token of a machine-to-machine client, for the Management API, kept for as long as the function lives.
import type { MachineClient } from "./environment-variables.ts";

/** What an invocation can do until its deadline. */
export interface TokenRequests {
  /** Asks Auth0. */
  readonly ask: (path: string, init: RequestInit) => Promise<Response>;
  /** Reads an SSM parameter. */
  readonly readSecret: (parameter: string) => Promise<string>;
}

export interface MachineToken {
  /** The token that is kept, or a new one. @throws Error if the client gets none */
  get(requests: TokenRequests): Promise<string>;
  /** It was refused: the next is a new one. */
  forget(): void;
}

/** In milliseconds: a token is not used until its last moment. */
const margin = 60_000;

/** The secret is kept too, and read again where it is refused, because it was changed. */
export function machineToken(domain: string, client: MachineClient): MachineToken {
  let secret: string | undefined;
  let token: { readonly text: string; readonly until: number } | undefined;

  async function request({ ask, readSecret }: TokenRequests): Promise<Response> {
    secret ??= await readSecret(client.secretParameter ?? "");
    const body = {
      grant_type: "client_credentials",
      client_id: client.clientId,
      client_secret: secret,
      audience: `https://${domain}/api/v2/`,
    };
    return ask("/oauth/token", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  }

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
        throw new Error(`Auth0 gives client ${client.clientId} no token: ${response.status}`);
      }
      const { access_token, expires_in } = (await response.json()) as { access_token: string; expires_in: number };
      token = { text: access_token, until: Date.now() + expires_in * 1000 - margin };
      return access_token;
    },
    forget: () => {
      token = undefined;
    },
  };
}
