// The Management API's credentials of a client: the public keys by which it proves who it is (Auth0 docs, "Configure
// Private Key JWT Authentication"). They count once the client names them in its client_authentication_methods.
import { X509Certificate, createPublicKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { calculateJwkThumbprint } from "jose";
import { credentialIdsOf, findApplication } from "./clients.ts";
import { ManagementApiError, payloadError } from "./errors.ts";
import { needs, nonEmptyText } from "./requests.ts";
import { newId, now, removeWhere } from "./tenant-state.ts";
import type { ClientCredential, State } from "./tenant-state.ts";

interface NewCredential {
  credential_type: "public_key";
  pem: string;
  name?: string;
  alg?: ClientCredential["alg"];
  kid?: string;
  expires_at?: string;
  parse_expiry_from_cert?: boolean;
}

const time = { type: "string", format: "date-time" };
const createSchema = {
  type: "object",
  additionalProperties: false,
  required: ["credential_type", "pem"],
  properties: {
    // Auth0 also has those of mutual TLS, which is not simulated.
    credential_type: { enum: ["public_key"] },
    ...{ pem: nonEmptyText, name: nonEmptyText },
    alg: { enum: ["RS256", "RS384", "PS256"] },
    kid: { type: "string", pattern: "^[0-9a-zA-Z_-]{10,64}$" },
    expires_at: time,
    parse_expiry_from_cert: { type: "boolean" },
  },
};
const changeSchema = { type: "object", additionalProperties: false, properties: { expires_at: time } };

interface Names {
  id: string;
  credential: string;
}

export function registerClientCredentials(api: FastifyInstance, state: State): void {
  const { clientCredentials } = state;
  const show = ({ pem: _, client_id: __, ...credential }: ClientCredential) => credential;
  const find = ({ id, credential }: Names): ClientCredential => {
    const { client_id } = findApplication(state, id);
    const found = clientCredentials.find((one) => one.id === credential && one.client_id === client_id);
    if (!found) throw new ManagementApiError(404, "The credential does not exist", "inexistent_credential");
    return found;
  };

  api.get<{ Params: { id: string } }>(
    "/clients/:id/credentials",
    needs("read:client_credentials"),
    ({ params: { id } }) => {
      const { client_id } = findApplication(state, id);
      return clientCredentials.filter((one) => one.client_id === client_id).map(show);
    },
  );

  api.post<{ Params: { id: string }; Body: NewCredential }>(
    "/clients/:id/credentials",
    needs("create:client_credentials", createSchema),
    async ({ params, body }, reply) => {
      const { client_id } = findApplication(state, params.id);
      const { pem, parse_expiry_from_cert: isOfCertificate, ...given } = body;
      const { key, expires } = readPublicKey(pem);
      const expires_at = given.expires_at ?? (isOfCertificate === true ? expires : undefined);
      const created_at = now();
      // In the recording TestAccClientAuthenticationMethodsPrivateKeyJWT the kid is 43 characters of base64url.
      const kid = given.kid ?? (await calculateJwkThumbprint(key.export({ format: "jwk" })));
      const credential: ClientCredential = {
        id: `cred_${newId(22)}`,
        alg: "RS256",
        ...given,
        ...{ client_id, pem, kid, created_at, updated_at: created_at },
        ...(expires_at !== undefined && { expires_at }),
      };
      clientCredentials.push(credential);
      return reply.code(201).send(show(credential));
    },
  );

  api.get<{ Params: Names }>("/clients/:id/credentials/:credential", needs("read:client_credentials"), ({ params }) =>
    show(find(params)),
  );

  // Only when it ends can be changed.
  api.patch<{ Params: Names; Body: { expires_at?: string } }>(
    "/clients/:id/credentials/:credential",
    needs("update:client_credentials", changeSchema),
    ({ params, body }) => show(Object.assign(find(params), body, { updated_at: now() })),
  );

  api.delete<{ Params: Names }>(
    "/clients/:id/credentials/:credential",
    needs("delete:client_credentials"),
    ({ params }, reply) => {
      const { id, client_id } = find(params);
      // terraform-provider-auth0 detaches it first.
      if (credentialIdsOf(findApplication(state, client_id)).includes(id)) {
        throw new ManagementApiError(409, "The credential is in use by the client's authentication", "conflict");
      }
      removeWhere(clientCredentials, (one) => one.id === id);
      return reply.code(204).send();
    },
  );
}

/** From a public key (SPKI or PKCS #1), or from a certificate, which ends at some time. */
function readPublicKey(pem: string): { readonly key: KeyObject; readonly expires?: string } {
  try {
    // Of a private key Node would take the public half, and whoever sent it has given it away.
    if (pem.includes("PRIVATE KEY")) throw new Error("a private key");
    if (!pem.includes("-----BEGIN CERTIFICATE-----")) return { key: requireRsa(createPublicKey(pem)) };
    const certificate = new X509Certificate(pem);
    return { key: requireRsa(certificate.publicKey), expires: certificate.validToDate.toISOString() };
  } catch {
    throw payloadError("pem is no public key of RSA, and no certificate with one");
  }
}

function requireRsa(key: KeyObject): KeyObject {
  if (key.asymmetricKeyType !== "rsa") throw new Error("no RSA key");
  return key;
}
