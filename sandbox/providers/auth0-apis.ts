// The resource types of the auth0 stand-in for an API and its scopes, with terraform-provider-auth0's calls
// (internal/auth0/resourceserver).
import type { Management, ManagementClient } from "auth0";
import { afterCreation, goneWarning, unlessGone, withProviderErrors } from "./auth0-errors.ts";
import { differences, notEvaluated, oneOf } from "./inputs.ts";
import type { Properties } from "./protocol.ts";
import type { Created, ResourceImplementation } from "./resource.ts";

interface ApiInputs {
  readonly identifier: string;
  readonly name?: string;
  readonly signingAlg?: Management.SigningAlgorithmEnum;
  readonly allowOfflineAccess?: boolean;
  readonly tokenLifetime?: number;
  readonly tokenLifetimeForWeb?: number;
  readonly skipConsentForVerifiableFirstPartyClients?: boolean;
  readonly enforcePolicies?: boolean;
  readonly tokenDialect?: Management.ResourceServerTokenDialectSchemaEnum;
  readonly subjectTypeAuthorization?: Management.ResourceServerSubjectTypeAuthorization;
}

interface Scope {
  readonly name: string;
  readonly description?: string;
}

export const apiResources = (client: () => ManagementClient): Readonly<Record<string, ResourceImplementation>> => ({
  "auth0:index/resourceServer:ResourceServer": api(client),
  "auth0:index/resourceServerScopes:ResourceServerScopes": scopes(client),
});

function api(client: () => ManagementClient): ResourceImplementation {
  /** Those that the program gives. The identifier is sent once, and the scopes are of another type. */
  const body = (inputs: ApiInputs) => ({
    ...(inputs.name !== undefined && { name: inputs.name }),
    ...(inputs.signingAlg !== undefined && { signing_alg: inputs.signingAlg }),
    ...(inputs.allowOfflineAccess !== undefined && { allow_offline_access: inputs.allowOfflineAccess }),
    ...(inputs.tokenLifetime !== undefined && { token_lifetime: Number(inputs.tokenLifetime) }),
    ...(inputs.tokenLifetimeForWeb !== undefined && { token_lifetime_for_web: Number(inputs.tokenLifetimeForWeb) }),
    ...(inputs.skipConsentForVerifiableFirstPartyClients !== undefined && {
      skip_consent_for_verifiable_first_party_clients: inputs.skipConsentForVerifiableFirstPartyClients,
    }),
    ...(inputs.enforcePolicies !== undefined && { enforce_policies: inputs.enforcePolicies }),
    ...(inputs.tokenDialect !== undefined && { token_dialect: inputs.tokenDialect }),
    ...(inputs.subjectTypeAuthorization && { subject_type_authorization: policiesOf(inputs.subjectTypeAuthorization) }),
  });
  const outputsOf = (server: Management.GetResourceServerResponseContent, known: Properties): Properties => ({
    ...{ name: server.name, identifier: server.identifier, signingAlg: server.signing_alg },
    ...{ tokenLifetime: server.token_lifetime, tokenLifetimeForWeb: server.token_lifetime_for_web },
    skipConsentForVerifiableFirstPartyClients: server.skip_consent_for_verifiable_first_party_clients,
    enforcePolicies: server.enforce_policies ?? false,
    // What is off is the same as absent to the Terraform SDK, where the program does not say it.
    ...((server.allow_offline_access === true || known["allowOfflineAccess"] !== undefined) && {
      allowOfflineAccess: server.allow_offline_access === true,
    }),
    ...(server.token_dialect && { tokenDialect: server.token_dialect }),
    ...(server.subject_type_authorization && {
      subjectTypeAuthorization: policiesOf(server.subject_type_authorization),
    }),
    clientId: server.client_id ?? "",
  });
  const read = async (id: string, known: Properties): Promise<Created | undefined> => {
    const server = await unlessGone(client().resourceServers.get(id));
    // It can be named by its identifier too.
    return server && { id: server.id ?? id, outputs: outputsOf(server, known) };
  };

  return {
    computed: [
      ...["signingAlg", "tokenLifetime", "tokenLifetimeForWeb", "skipConsentForVerifiableFirstPartyClients"],
      ...["enforcePolicies", "clientId"],
    ],
    replaceOnChanges: ["identifier"],
    autoname: { property: "name" },
    goneWarning: goneWarning("auth0_resource_server"),
    check: (inputs) => [
      ...oneOf(inputs, "tokenDialect", ["access_token", "access_token_authz"]),
      ...notEvaluated(inputs, notEvaluatedOfApi),
    ],
    async create(inputs) {
      const given = inputs as unknown as ApiInputs;
      const { identifier } = given;
      const { id = "" } = await withProviderErrors(client().resourceServers.create({ ...body(given), identifier }));
      return afterCreation(id, () => read(id, inputs));
    },
    read,
    async update(id, _state, inputs) {
      const changed = client().resourceServers.update(id, body(inputs as unknown as ApiInputs));
      return (await unlessGone(changed)) && (await read(id, inputs))?.outputs;
    },
    async delete(id) {
      await unlessGone(client().resourceServers.delete(id));
    },
  };
}

// prettier-ignore
const notEvaluatedOfApi = [
  "allowOnlineAccess", "allowOnlineAccessWithEphemeralSessions", "authorizationDetails", "authorizationPolicy",
  "consentPolicy", "proofOfPossession", "signingSecret", "tokenEncryption", "verificationLocation",
];

/** Without the engine's marks, and without what is not said. */
const policiesOf = ({ user, client }: Management.ResourceServerSubjectTypeAuthorization) => ({
  ...(user?.policy && { user: { policy: user.policy } }),
  ...(client?.policy && { client: { policy: client.policy } }),
});

/** All scopes of an API. Another API than the tenant's own has those that this resource has, and no others. */
function scopes(client: () => ManagementClient): ResourceImplementation {
  const listed = (found: readonly Management.ResourceServerScope[] = []) =>
    found.map(({ value, description }) => ({ name: value, ...(description && { description }) }));
  const write = (identifier: string, wanted: readonly Scope[]) =>
    client().resourceServers.update(identifier, {
      scopes: wanted.map(({ name, description }) => ({ value: name, ...(description && { description }) })),
    });
  const read = async (id: string): Promise<Created | undefined> => {
    const server = await unlessGone(client().resourceServers.get(id));
    return server && { id, outputs: { resourceServerIdentifier: server.identifier, scopes: listed(server.scopes) } };
  };
  const inputsOf = (inputs: Properties) =>
    inputs as unknown as { readonly resourceServerIdentifier: string; readonly scopes: readonly Scope[] };

  return {
    computed: [],
    sets: ["scopes"],
    replaceOnChanges: ["resourceServerIdentifier"],
    goneWarning: goneWarning("auth0_resource_server_scopes"),
    async create(inputs) {
      const { resourceServerIdentifier: id, scopes: wanted } = inputsOf(inputs);
      const existing = listed((await withProviderErrors(client().resourceServers.get(id))).scopes);
      const isSame = differences({ scopes: existing }, { scopes: wanted }, ["scopes"]).size === 0;
      if (existing.length > 0 && !isSame) throw new Error(nonEmptyScopes(id));
      await withProviderErrors(write(id, wanted));
      return afterCreation(id, () => read(id));
    },
    read,
    async update(id, _state, inputs) {
      return (await unlessGone(write(id, inputsOf(inputs).scopes))) && (await read(id))?.outputs;
    },
    async delete(id) {
      await unlessGone(write(id, []));
    },
  };
}

const nonEmptyScopes = (identifier: string) =>
  "Resource Server with non empty scopes: The resource server already has scopes attached to it. Import the resource " +
  "instead in order to proceed with the changes. " +
  `Run: 'terraform import auth0_resource_server_scopes.<given-name> ${identifier}'.`;
