// The resource type of the auth0 stand-in for how an application proves who it is, with the calls of
// terraform-provider-auth0 (internal/auth0/client/resource_credentials.go, and the recordings
// TestAccClientAuthenticationMethodsPrivateKeyJWT and TestAccClientCredentialsWriteOnlySecret).
import type { Management, ManagementClient } from "auth0";
import { isObject } from "../json.ts";
import { afterCreation, goneWarning, unlessGone, withProviderErrors } from "./auth0-errors.ts";
import { notEvaluated, oneOf } from "./inputs.ts";
import type { Properties } from "./protocol.ts";
import type { Created, ResourceImplementation } from "./resource.ts";

interface Credential {
  readonly id?: string;
  readonly credentialType: "public_key";
  readonly pem: string;
  readonly name?: string;
  readonly algorithm?: "RS256" | "RS384" | "PS256";
  readonly expiresAt?: string;
  readonly parseExpiryFromCert?: boolean;
}

interface Inputs {
  readonly clientId: string;
  readonly authenticationMethod?: "none" | "client_secret_post" | "client_secret_basic" | "private_key_jwt";
  readonly clientSecret?: string;
  readonly privateKeyJwt?: { readonly credentials: readonly Credential[] };
}

const methods = [
  ...["none", "client_secret_post", "client_secret_basic", "private_key_jwt"],
  ...["tls_client_auth", "self_signed_tls_client_auth"],
];

export const credentialResources = (
  client: () => ManagementClient,
): Readonly<Record<string, ResourceImplementation>> => ({
  "auth0:index/clientCredentials:ClientCredentials": clientCredentials(client),
});

function clientCredentials(client: () => ManagementClient): ResourceImplementation {
  const clients = () => client().clients;
  const fieldsOf = (id: string, ...fields: string[]) =>
    clients().get(id, { fields: fields.join(","), include_fields: true });

  async function read(id: string, state: Properties): Promise<Created | undefined> {
    const found = await unlessGone(clients().get(id));
    if (!found) return undefined;
    const { client_authentication_methods: own, token_endpoint_auth_method: method, app_type } = found;
    const ids = own?.private_key_jwt?.credentials ?? [];
    const kept = credentialsIn(state);
    const credentials = [];
    for (const { id: credentialId } of ids) {
      const credential = await withProviderErrors(clients().credentials.get(id, credentialId));
      const before = kept.find((one) => one.id === credentialId) ?? kept.find(({ name }) => name === credential.name);
      credentials.push(outputsOf(credential, before));
    }
    return {
      id,
      outputs: {
        clientId: found.client_id,
        authenticationMethod: ids.length > 0 ? "private_key_jwt" : (method ?? defaultMethod(app_type)),
        // Empty without the scope read:client_keys, and where the client signs.
        clientSecret: found.client_secret ?? "",
        ...(credentials.length > 0 && { privateKeyJwt: { credentials } }),
      },
    };
  }

  async function attach(clientId: string, given: readonly Credential[]) {
    const ids = [];
    for (const { credentialType, pem, name, algorithm, expiresAt, parseExpiryFromCert } of given) {
      const { id = "" } = await withProviderErrors(
        clients().credentials.create(clientId, {
          ...{ credential_type: credentialType, pem, alg: algorithm ?? "RS256" },
          ...(name !== undefined && { name }),
          ...(parseExpiryFromCert !== undefined && { parse_expiry_from_cert: parseExpiryFromCert }),
          ...(expiresAt !== undefined && { expires_at: expiresAt }),
        }),
      );
      ids.push({ id });
    }
    await withProviderErrors(fieldsOf(clientId, "client_id", "app_type"));
    const client_authentication_methods = { private_key_jwt: { credentials: ids } };
    await withProviderErrors(
      clients().update(clientId, { client_authentication_methods, token_endpoint_auth_method: null }),
    );
  }

  return {
    computed: ["clientSecret", "authenticationMethod"],
    computedInside: [
      { path: ["privateKeyJwt", "credentials"], names: ["id", "keyId", "createdAt", "updatedAt", "expiresAt"] },
    ],
    replaceOnChanges: ["clientId"],
    // Of a key only when it ends can change.
    mustReplace: (path) => path.startsWith("privateKeyJwt") && !path.endsWith(".expiresAt"),
    goneWarning: goneWarning("auth0_client_credentials"),
    check: (inputs) => [
      ...oneOf(inputs, "authenticationMethod", methods),
      ...notEvaluated(inputs, ["clientSecretWo", "clientSecretWoVersion", "signedRequestObject"]),
      ...notEvaluated(inputs, ["selfSignedTlsClientAuth", "tlsClientAuth"]),
    ],
    async create(inputs) {
      const given = inputs as unknown as Inputs;
      const { clientId: id, authenticationMethod: method, clientSecret } = given;
      await withProviderErrors(fieldsOf(id, "client_id"));
      return afterCreation(id, async () => {
        if (method === "private_key_jwt") await attach(id, credentialsIn(inputs, true));
        else if (method !== undefined) {
          await withProviderErrors(clients().update(id, { token_endpoint_auth_method: method }));
          if (method !== "none" && clientSecret !== undefined) {
            await withProviderErrors(clients().update(id, { client_secret: clientSecret }));
          }
        }
        return read(id, inputs);
      });
    },
    read,
    async update(id, state, inputs) {
      const before = state as unknown as Inputs;
      const after = inputs as unknown as Inputs;
      if (!(await unlessGone(fieldsOf(id, "client_id")))) return undefined;
      const { authenticationMethod: method = before.authenticationMethod, clientSecret } = after;
      if (method === "private_key_jwt") {
        for (const [index, { expiresAt: expires_at }] of credentialsIn(inputs, true).entries()) {
          const old = credentialsIn(state)[index];
          if (old?.id === undefined || expires_at === undefined || expires_at === old.expiresAt) continue;
          await withProviderErrors(clients().credentials.update(id, old.id, { expires_at }));
        }
      } else {
        if (method !== undefined && method !== before.authenticationMethod) {
          await withProviderErrors(clients().update(id, { token_endpoint_auth_method: method }));
        }
        if (clientSecret !== undefined && clientSecret !== before.clientSecret) {
          await withProviderErrors(clients().update(id, { client_secret: clientSecret }));
        }
      }
      return (await read(id, inputs))?.outputs;
    },
    /** Gives the client the method of its kind again. A client that is gone takes its keys along. */
    async delete(id) {
      const found = await unlessGone(fieldsOf(id, "client_id", "app_type"));
      if (!found) return;
      const credentials = await withProviderErrors(clients().credentials.list(id));
      const method = { token_endpoint_auth_method: defaultMethod(found.app_type) };
      const detached = credentials.length > 0 ? { client_authentication_methods: null, ...method } : method;
      await withProviderErrors(clients().update(id, detached as Management.UpdateClientRequestContent));
      for (const { id: credential = "" } of credentials) {
        await withProviderErrors(clients().credentials.delete(id, credential));
      }
    },
  };
}

/** @throws Error if there have to be some */
function credentialsIn({ privateKeyJwt }: Properties, needed = false): readonly Credential[] {
  const list = isObject(privateKeyJwt) ? privateKeyJwt["credentials"] : undefined;
  if (Array.isArray(list) && list.length > 0) return list as Credential[];
  if (!needed) return [];
  throw new Error(
    "Client Credentials Missing: You must define client credentials when setting the authentication method as " +
      "Private Key JWT.",
  );
}

/** The key itself is not read: it is what the program gave. */
const outputsOf = (credential: Management.GetClientCredentialResponseContent, before?: Credential): Properties => ({
  ...{ id: credential.id, keyId: credential.kid, credentialType: credential.credential_type },
  ...{ algorithm: credential.alg, pem: before?.pem ?? "" },
  ...{ createdAt: credential.created_at, updatedAt: credential.updated_at },
  ...(credential.name && { name: credential.name }),
  ...(credential.expires_at && { expiresAt: credential.expires_at }),
  ...(before?.parseExpiryFromCert !== undefined && { parseExpiryFromCert: before.parseExpiryFromCert }),
});

function defaultMethod(appType: string | undefined) {
  if (appType === "native" || appType === "spa") return "none" as const;
  const hasPost = appType === "regular_web" || appType === "non_interactive";
  return hasPost ? ("client_secret_post" as const) : ("client_secret_basic" as const);
}
