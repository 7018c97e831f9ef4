// A client that signs to prove who it is (Auth0 docs, "Authenticate with Private Key JWT"; RFC 7523, section 3).
import { constants, verify } from "node:crypto";
import { decodeJwt, decodeProtectedHeader } from "jose";
import type { JWTPayload } from "jose";
import { credentialIdsOf } from "../clients.ts";
import type { Application, ClientCredential, State } from "../tenant-state.ts";
import { ExpiringMap } from "./expiring-map.ts";

export const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** Docs: "Auth0 supports a maximum of 5 minutes token lifetime". In seconds. */
const longestLifetime = 300;

export interface ClientAssertions {
  /** The client that an assertion says it is of; undefined if it cannot be read. */
  clientIdOf(assertion: string): string | undefined;
  /** Whether the client has signed it, for this tenant and for now. It is true once. */
  isValid(client: Application, assertion: string): boolean;
}

/** @param issuer `https://localhost:PORT/`: the audience that an assertion has, with the slash */
export function clientAssertions({ clientCredentials }: State, issuer: () => string): ClientAssertions {
  /** By client and `jti`: "a one-time use token". */
  const used = new ExpiringMap<true>(longestLifetime * 1000);
  return {
    clientIdOf: (assertion) => attempt(() => decodeJwt(assertion).sub),
    isValid(client, assertion) {
      const claims = attempt(() => decodeJwt(assertion));
      const header = attempt(() => decodeProtectedHeader(assertion));
      if (!claims || !header || !isForNow(claims, client.client_id, issuer())) return false;
      const ids = credentialIdsOf(client);
      const keys = clientCredentials.filter(
        // The `kid` is optional. A key that has ended is none.
        ({ id, kid, alg, expires_at }) =>
          ids.includes(id) &&
          alg === header.alg &&
          (header.kid === undefined || header.kid === kid) &&
          (expires_at === undefined || Date.parse(expires_at) > Date.now()),
      );
      if (!keys.some((key) => isSignedBy(key, assertion))) return false;
      const name = `${client.client_id} ${claims.jti}`;
      if (used.get(name)) return false;
      used.set(name, true);
      return true;
    },
  };
}

/** Docs: "All claims are required unless otherwise stated", which is stated of `iat`. */
function isForNow({ iss, sub, aud, jti, exp, iat, nbf }: JWTPayload, clientId: string, issuer: string): boolean {
  const now = Date.now() / 1000;
  return (
    iss === clientId &&
    sub === clientId &&
    [aud].flat().includes(issuer) &&
    typeof jti === "string" &&
    jti !== "" &&
    typeof exp === "number" &&
    exp > now &&
    exp - Math.min(iat ?? now, now) <= longestLifetime &&
    (nbf ?? 0) <= now
  );
}

function isSignedBy({ pem, alg }: ClientCredential, assertion: string): boolean {
  const [header = "", payload = "", signature = ""] = assertion.split(".");
  const padding = alg === "PS256" ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
  const saltLength = constants.RSA_PSS_SALTLEN_DIGEST;
  const digest = alg === "RS384" ? "sha384" : "sha256";
  return verify(digest, Buffer.from(`${header}.${payload}`), { key: pem, padding, saltLength }, Buffer.from(signature, "base64url")); // prettier-ignore
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
