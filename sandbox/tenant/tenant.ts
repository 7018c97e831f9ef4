// An Auth0 tenant on this machine: HTTPS on the loopback address, state in one folder, the Management API and OpenID Connect logins.
import type { AddressInfo } from "node:net";
import { isDeepStrictEqual } from "node:util";
import formbody from "@fastify/formbody";
import fastify from "fastify";
import { advanceBuild, createAction, deploy } from "./actions.ts";
import { setBindings } from "./bindings.ts";
import { createConnection } from "./connections.ts";
import { ManagementApiError, answerError } from "./errors.ts";
import { injectFaults } from "./faults.ts";
import type { Faults } from "./faults.ts";
import { managementApi, managementScopes } from "./management-api.ts";
import { registerOAuth } from "./oauth.ts";
import { openRateLimiter } from "./rate-limit.ts";
import type { RateLimit } from "./rate-limit.ts";
import { openSigningKey } from "./signing-key.ts";
import { snapshotOf } from "./snapshot.ts";
import type { SnapshotOptions, TenantSnapshot } from "./snapshot.ts";
import { newId, openState } from "./tenant-state.ts";
import type { Client, JsonObject, Profile, State } from "./tenant-state.ts";

/** What a new tenant holds. Applied only where the folder has no state yet. */
export interface TenantSeed {
  readonly connections: readonly {
    name: string;
    strategy: string;
    options?: JsonObject;
    /** The options are stored as they are: an old connection, to which the next write adds what Auth0 derives today. */
    asStored?: boolean;
  }[];
  /** Actions of other teams: post-login v3, deployed, and bound in this order unless `bound` is false. */
  readonly actions?: readonly { name: string; code: string; bound?: boolean }[];
  /** Identifiers of APIs of the tenant's own, for which applications get access tokens. */
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
  /** A machine-to-machine client with every scope; random for each folder. */
  readonly managementClient: ClientCredentials;
  /** A public OpenID Connect client, which needs PKCE. Nothing listens at its redirect URI. */
  readonly application: { readonly clientId: string; readonly redirectUri: string };
  readonly identityProvider: {
    /** Sets what the connection's identity provider answers at the user's next login. */
    setProfile(connection: string, profile: Profile): void;
  };
  /** The machine-to-machine client that is granted these scopes and no other; added if there is none yet. */
  createManagementClient(scopes: readonly string[]): ClientCredentials;
  /** Takes a client's credentials out of service. */
  revokeManagementClient(clientId: string): void;
  /** Faults to inject, and the record of the API's calls. In memory only: a restart begins without. */
  readonly faults: Faults;
  /** Limits the Management API's calls, all clients together; without an argument no longer. Off at the start. */
  limitRate(limit?: RateLimit): void;
  snapshot(options?: SnapshotOptions): TenantSnapshot;
  close(): Promise<void>;
}

export interface TenantOptions {
  /** Where the state is kept, mode 0600; made if missing. One running tenant per folder. */
  readonly folder: string;
  /** A certificate for `localhost`, PEM. */
  readonly certificate: { readonly key: string; readonly cert: string };
  readonly seed: TenantSeed;
  /** Default: any free port. */
  readonly port?: number;
}

/** @throws if the port is taken, or if the folder's files cannot be read or written */
export async function startTenant({ folder, certificate, seed, port = 0 }: TenantOptions): Promise<Tenant> {
  const { state, save } = openState(folder, () => makeState(seed));
  const signingKey = await openSigningKey(folder);
  const { key, cert } = certificate;
  const app = fastify({
    https: { key, cert },
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 500 }, // User ids are longer than the default.
    // Auth0 refuses what its schema does not have, and converts nothing.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
  });
  app.setErrorHandler(answerError);
  app.setNotFoundHandler(() => {
    throw new ManagementApiError(404, "Not Found");
  });
  // A page of another site that finds the port by DNS rebinding names its own host.
  app.addHook("onRequest", (request, _reply, done) => {
    const isOurs = request.headers.host === `localhost:${request.socket.localPort}`;
    done(isOurs ? undefined : new ManagementApiError(421, "This host is not served here"));
  });
  // What was answered has been written: a restart, also after a kill, continues from there.
  app.addHook("onSend", (_request, _reply, _payload, done) => {
    save();
    done();
  });
  // A POST without a body may still say that it is JSON.
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
        save();
      },
    },
    createManagementClient: (scopes) => {
      const client =
        state.managementClients.find((known) => isDeepStrictEqual(known.scopes, scopes)) ?? addClient(state, scopes);
      save();
      return credentialsOf(client);
    },
    revokeManagementClient: (clientId) => {
      const left = state.managementClients.filter((client) => client.clientId !== clientId);
      state.managementClients.splice(0, Infinity, ...left);
      save();
    },
    faults,
    limitRate: (limit) => rateLimiter.set(limit),
    snapshot: (options) => snapshotOf(state, options),
    close: () => app.close(),
  };
}

function makeState(seed: TenantSeed): State {
  const state: State = {
    application: { clientId: newId(32), redirectUri: "http://localhost:3000/callback" },
    managementClients: [],
    actions: [],
    bindings: {},
    connections: [],
    users: [],
    profiles: {},
    apis: seed.apis ?? [],
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

const credentialsOf = ({ clientId, clientSecret }: Client): ClientCredentials => ({ clientId, clientSecret });
