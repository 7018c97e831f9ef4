// An Auth0 tenant on this machine: HTTPS on the loopback address, its state in one folder, the Management API, and
// logins by OpenID Connect.
import type { AddressInfo } from "node:net";
import { isDeepStrictEqual } from "node:util";
import formbody from "@fastify/formbody";
import fastify from "fastify";
import { advanceBuild, createAction, deploy } from "./actions.ts";
import { setBindings } from "./bindings.ts";
import { addApplication } from "./clients.ts";
import { createConnection } from "./connections.ts";
import { ManagementApiError, notSimulated, sendError } from "./errors.ts";
import { injectFaults } from "./faults.ts";
import type { Faults } from "./faults.ts";
import { managementApi, managementScopes, olderManagementScopes } from "./management-api.ts";
import { registerOAuth } from "./oauth.ts";
import { openRateLimiter } from "./rate-limit.ts";
import type { RateLimit } from "./rate-limit.ts";
import { openSigningKey } from "./signing-key.ts";
import { snapshotOf } from "./snapshot.ts";
import type { SnapshotOptions, TenantSnapshot } from "./snapshot.ts";
import { openStateFile } from "./state-file.ts";
import { newId, removeWhere, userRecords } from "./tenant-state.ts";
import type { Client, JsonObject, Profile, State } from "./tenant-state.ts";

/** The content of a new tenant. It is used only if the folder has no state yet. */
export interface TenantSeed {
  readonly connections: readonly {
    name: string;
    strategy: string;
    options?: JsonObject;
    /** Store the options as they are, as in an old connection: the next write adds what Auth0 derives today. */
    asStored?: boolean;
  }[];
  /** Other teams' Actions for post-login v3. They are deployed, and bound in this order unless `bound` is false. */
  readonly actions?: readonly { name: string; code: string; bound?: boolean }[];
  /** The identifiers of the tenant's own APIs, for which applications get access tokens. */
  readonly apis?: readonly string[];
}

export interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface Tenant {
  /** `localhost:PORT`, for the provider and the SDK. */
  readonly domain: string;
  /** `https://localhost:PORT/` */
  readonly issuer: string;
  /** A machine-to-machine client with every scope. It is random for each folder. */
  readonly managementClient: ClientCredentials;
  /** A public client of OpenID Connect, which needs PKCE. No server listens at its redirect URI. */
  readonly application: { readonly clientId: string; readonly redirectUri: string };
  readonly identityProvider: {
    /** Sets the profile that the connection's identity provider returns at the user's next login. */
    setProfile(connection: string, profile: Profile): void;
  };
  /** The machine-to-machine client with exactly these scopes. It is created if there is no such client. */
  createManagementClient(scopes: readonly string[]): ClientCredentials;
  /** Makes a client's credentials invalid. */
  revokeManagementClient(clientId: string): void;
  /** Injects faults, and records the API's calls. Both are in memory only, so a restart removes them. */
  readonly faults: Faults;
  /** Limits the calls of the Management API, for all clients together; without an argument, removes the limit. */
  limitRate(limit?: RateLimit): void;
  snapshot(options?: SnapshotOptions): TenantSnapshot;
  close(): Promise<void>;
}

export interface TenantOptions {
  /** The folder for the state. It is created if missing. Only one running tenant can use it. */
  readonly folder: string;
  /** A certificate for `localhost`, as PEM. */
  readonly certificate: { readonly key: string; readonly cert: string };
  readonly seed: TenantSeed;
  /** @default any free port */
  readonly port?: number;
}

/** @throws if the port is taken, or if the folder's files cannot be read or written */
export async function startTenant({ folder, certificate, seed, port = 0 }: TenantOptions): Promise<Tenant> {
  const stateFile = openStateFile(folder, () => makeState(seed));
  const { state } = stateFile;
  showOwnClients(state);
  const signingKey = await openSigningKey(folder);
  const { key, cert } = certificate;
  const app = fastify({
    https: { key, cert },
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 500 }, // User ids are longer than the default.
    // Auth0 refuses properties that its schema does not have, and converts no types.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
  });
  app.setErrorHandler(sendError);
  app.setNotFoundHandler(({ method, url }) => {
    throw notSimulated(method, url);
  });
  // A web page of another site that reaches this port by DNS rebinding sends its own host name.
  app.addHook("onRequest", (request, _reply, done) => {
    const isOurs = request.headers.host === `localhost:${request.socket.localPort}`;
    done(isOurs ? undefined : new ManagementApiError(421, "This host is not served here"));
  });
  // The state is written before the response is sent: after a restart, even after a kill, no confirmed change is lost.
  app.addHook("onSend", (_request, _reply, _payload, done) => {
    stateFile.save();
    done();
  });
  // A POST without a body may still have the content type of JSON.
  const parseJson = app.getDefaultJsonParser("error", "error");
  app.removeContentTypeParser("application/json");
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    if (body === "") done(null, undefined);
    else void parseJson(request, body.toString(), done);
  });
  await app.register(formbody);
  const { faults, buildFails } = injectFaults(app);
  const rateLimiter = openRateLimiter();
  await app.register(managementApi({ state, signingKey, rateLimiter, buildFails }), { prefix: "/api/v2" });
  registerOAuth(app, state, signingKey);
  await app.listen({ host: "127.0.0.1", port });

  const domain = `localhost:${(app.server.address() as AddressInfo).port}`;
  return {
    domain,
    issuer: `https://${domain}/`,
    managementClient: credentialsOf(state.managementClients[0] ?? addClient(state, managementScopes)),
    application: state.application,
    identityProvider: {
      setProfile: (connection, profile) => {
        const others = (state.profiles[connection] ?? []).filter(({ sub }) => sub !== profile.sub);
        state.profiles[connection] = [...others, profile];
        stateFile.save();
      },
    },
    createManagementClient: (scopes) => {
      const client =
        state.managementClients.find((known) => isDeepStrictEqual(known.scopes, scopes)) ?? addClient(state, scopes);
      showOwnClients(state);
      stateFile.save();
      return credentialsOf(client);
    },
    revokeManagementClient: (clientId) => {
      removeWhere(state.managementClients, (client) => client.clientId === clientId);
      removeWhere(state.applications, ({ client_id }) => client_id === clientId);
      stateFile.save();
    },
    faults,
    limitRate: (limit) => rateLimiter.set(limit),
    snapshot: (options) => snapshotOf(state, options),
    close: async () => {
      await app.close();
      stateFile.close();
    },
  };
}

function makeState(seed: TenantSeed): State {
  const state: State = {
    application: { clientId: newId(32), redirectUri: "http://localhost:3000/callback" },
    managementClients: [],
    actions: [],
    bindings: {},
    connections: [],
    users: userRecords(),
    profiles: {},
    apis: seed.apis ?? [],
    applications: [],
    organizations: [],
  };
  addClient(state, managementScopes);
  for (const { asStored, ...connection } of seed.connections) {
    const created = createConnection(state, connection);
    if (asStored && connection.options) created.options = connection.options;
  }
  const bound = (seed.actions ?? []).flatMap(({ name, code, bound: isBound = true }) => {
    const action = createAction(state, { name, code, supported_triggers: [{ id: "post-login", version: "v3" }] });
    while (action.status === "pending" || action.status === "building") advanceBuild(action);
    deploy(action);
    return isBound ? [{ ref: { type: "action_id" as const, value: action.id } }] : [];
  });
  setBindings(state, "post-login", bound);
  return state;
}

function addClient(state: State, scopes: readonly string[]): Client {
  const client = { clientId: newId(32), clientSecret: newId(64), scopes };
  state.managementClients.push(client);
  return client;
}

/** Shows the tenant's own clients among its applications. Who could do all may do what has come to the API since. */
function showOwnClients({ application, managementClients, applications }: State): void {
  for (const [index, client] of managementClients.entries()) {
    if (!olderManagementScopes.every((scope) => client.scopes.includes(scope))) continue;
    managementClients[index] = { ...client, scopes: managementScopes };
  }
  const missing = (clientId: string) => applications.every(({ client_id }) => client_id !== clientId);
  if (missing(application.clientId)) {
    addApplication(applications, {
      ...{ client_id: application.clientId, name: "Sandbox application", app_type: "spa" },
      ...{ callbacks: [application.redirectUri], token_endpoint_auth_method: "none" },
    });
  }
  for (const { clientId: client_id, clientSecret: client_secret } of managementClients.filter((one) =>
    missing(one.clientId),
  )) {
    const name = `Management client ${client_id.slice(0, 6)}`;
    addApplication(applications, { client_id, client_secret, name, app_type: "non_interactive" });
  }
}

const credentialsOf = ({ clientId, clientSecret }: Client): ClientCredentials => ({ clientId, clientSecret });
