// An Auth0 tenant on this machine: HTTPS on the loopback address, its state in one folder, the Management API, and
// logins by OpenID Connect.
import { once } from "node:events";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { isDeepStrictEqual } from "node:util";
import formbody from "@fastify/formbody";
import fastify from "fastify";
import { createAction, deploy } from "./actions.ts";
import { setBindings } from "./bindings.ts";
import { endedBuild, openBuilds } from "./builds.ts";
import type { BuildTime } from "./builds.ts";
import { obtainCertificate } from "./certificate.ts";
import type { Certificate } from "./certificate.ts";
import { addApplication } from "./clients.ts";
import { ManagementApiError, notSimulated, sendError } from "./errors.ts";
import { openEventDelivery } from "./event-delivery.ts";
import type { EventDelivery } from "./event-delivery.ts";
import { injectFaults } from "./faults.ts";
import type { Faults } from "./faults.ts";
import { managementApi } from "./management-api.ts";
import { managementScopes, olderManagementScopes } from "./management-scopes.ts";
import { registerOAuth } from "./oauth/oauth.ts";
import { registerExportFiles } from "./jobs/job-routes.ts";
import { openJobs } from "./jobs/jobs.ts";
import type { JobTime } from "./jobs/jobs.ts";
import { parseJsonBodies } from "./json-body.ts";
import { lazyValidation } from "./lazy-validation.ts";
import { logIn } from "./login.ts";
import type { LoginOptions, LoginResult } from "./login.ts";
import { openRateLimiter } from "./rate-limit.ts";
import type { RateLimit } from "./rate-limit.ts";
import { newResourceServer, setMyAccountProfile } from "./resource-servers.ts";
import { openSigningKey } from "./signing-key.ts";
import { snapshotOf } from "./snapshot.ts";
import type { SnapshotOptions, TenantSnapshot } from "./snapshot.ts";
import { openStateFile } from "./state-file.ts";
import { emptyLoginMemory } from "./tenant-login.ts";
import type { LastLogin } from "./tenant-login.ts";
import { openFolder } from "./tenant-folder.ts";
import { addSeed, validateSeed } from "./tenant-seed.ts";
import type { TenantSeed } from "./tenant-seed.ts";
import { newId, profilesOf, removeWhere, userRecords } from "./tenant-state.ts";
import type { Client, Profile, State } from "./tenant-state.ts";
import { trustingFetch } from "./trusting-fetch.ts";
import { watchUsers } from "./user-events.ts";
import { openUserIndex } from "./users.ts";

export type { LastLogin } from "./tenant-login.ts";

export type { TenantSeed } from "./tenant-seed.ts";

export interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface ManagementClientOptions {
  /** How long its access tokens are valid, such as 1: to see what becomes of a long run. @default a day */
  readonly tokenSeconds?: number;
}

export interface Tenant {
  /** `localhost:PORT`, for the provider and the SDK. */
  readonly domain: string;
  /** `https://localhost:PORT/` */
  readonly issuer: string;
  /** What is served, such as `GET /api/v2/users/:id`. Everything else answers 501. */
  readonly operations: readonly string[];
  /** A machine-to-machine client with every scope. It is random for each folder. */
  readonly managementClient: ClientCredentials;
  /** A public client of OpenID Connect, which needs PKCE. No server listens at its redirect URI. */
  readonly application: { readonly clientId: string; readonly redirectUri: string };
  readonly identityProvider: {
    /** Sets the profile that the connection's identity provider returns at the user's next login. */
    setProfile(connection: string, profile: Profile): void;
    /** What the connection's identity provider knows of its users. */
    profiles(connection: string): readonly Profile[];
  };
  /** The machine-to-machine client with exactly these options. It is created if there is no such client. */
  createManagementClient(scopes: readonly string[], options?: ManagementClientOptions): ClientCredentials;
  /** Makes a client's credentials invalid. */
  revokeManagementClient(clientId: string): void;
  /**
   * Switches on or off what Auth0 has for chosen tenants only: users read and change their own profile at `/me/v1`
   * (My Account API). If the tenant has no My Account API yet, it gets one that any application may call for its users.
   */
  setMyAccountProfile(isOn: boolean): void;
  /** Injects faults, and records the API's calls. Both are in memory only, so a restart removes them. */
  readonly faults: Faults;
  /** What event streams send, to whom, and when all of it has arrived. */
  readonly eventStreams: Pick<EventDelivery, "connect" | "delivered" | "releaseHeld">;
  /** Limits the calls of the Management API, for all clients together; without an argument, removes the limit. */
  limitRate(limit?: RateLimit): void;
  snapshot(options?: SnapshotOptions): TenantSnapshot;
  /** The certificate authority of the tenant's certificate, as PEM, and its file, for NODE_EXTRA_CA_CERTS. */
  readonly certificate: Pick<Certificate, "ca" | "caFile">;
  /** `fetch` that trusts the tenant's certificate authority and no other: what the official SDKs take as theirs. */
  readonly fetch: typeof fetch;
  /**
   * Logs a user in to `application` by OpenID Connect's code flow with PKCE, and verifies the ID token.
   *
   * @throws LoginError if the tenant denies the login
   */
  logIn(who: Omit<LoginOptions, "ca">): Promise<LoginResult>;
  /**
   * What happened to each user's last login, refresh-token exchange or silent authentication since the start, by user
   * id: which Actions ran, what each did, and the claims. Looking logs nobody in.
   */
  readonly lastLogins: ReadonlyMap<string, LastLogin>;
  /**
   * Also serves the paths of OAuth and OpenID Connect over plain HTTP, on the loopback address: for a browser that does
   * not trust the tenant's certificate. The issuer stays the same, and the Management API is not served there.
   *
   * @param port @default any free port
   * @returns the origin, `http://localhost:PORT`
   * @throws if the port is taken
   */
  listenPlain(port?: number): Promise<string>;
  close(): Promise<void>;
  /** The same as `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** The content of a new tenant, which is ignored where the folder has a tenant already, and where it is served. */
export interface TenantOptions extends TenantSeed {
  /**
   * The folder for the state. It is created if missing. Only one running tenant can use it.
   *
   * @default a temporary one, which is removed at the end
   */
  readonly folder?: string;
  /** A certificate for `localhost`. @default one that is made in the folder */
  readonly certificate?: Certificate;
  /** @default any free port */
  readonly port?: number;
  /** How long an Action's build takes, and by which clock. @default 60 ms, by the machine's */
  readonly buildTime?: BuildTime;
  /** How long an import or export of users takes, and by which clock. @default 60 ms, by the machine's */
  readonly jobTime?: JobTime;
}

/** Four times Node's default: all applications on localhost share their cookies. */
const maxHeaderSize = 64 * 1024;

declare module "fastify" {
  interface FastifyContextConfig {
    /** The route is also served over plain HTTP. */
    overPlainHttp?: boolean;
  }
}

/**
 * Starts a tenant on the loopback address.
 *
 * @throws TenantSeedError if the seed is wrong
 * @throws Error if the port is taken, if another tenant uses the folder, or if its files cannot be read or written
 */
export async function startTenant(options: TenantOptions = {}): Promise<Tenant> {
  const { folder, certificate, port = 0, buildTime, jobTime, ...given } = options;
  const seed = validateSeed(given);
  const opened = await openFolder(folder);
  try {
    const trusted = certificate ?? (await obtainCertificate(opened.folder, ["localhost"]));
    const served = await serve({ folder: opened.folder, certificate: trusted, port, buildTime, jobTime, seed });
    const { ca, caFile } = trusted;
    const client = trustingFetch(ca);
    let closed: Promise<void> | undefined;
    const close = () => (closed ??= client.close().then(served.close).then(opened.close));
    return {
      ...served,
      certificate: { ca, caFile },
      fetch: client.fetch,
      logIn: (who) => logIn(served, { ...who, ca }),
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

type Served = Omit<Tenant, "certificate" | "fetch" | "logIn" | typeof Symbol.asyncDispose>;

interface ServeOptions {
  readonly folder: string;
  readonly certificate: Certificate;
  readonly port: number;
  readonly buildTime: BuildTime | undefined;
  readonly jobTime: JobTime | undefined;
  readonly seed: TenantSeed;
}

async function serve({ folder, certificate, port, buildTime, jobTime, seed }: ServeOptions): Promise<Served> {
  const stateFile = openStateFile(folder, () => makeState(seed));
  const { state } = stateFile;
  showOwnClients(state);
  const signingKey = await openSigningKey(folder);
  const { key, cert } = certificate;
  const app = fastify({
    https: { key, cert, maxHeaderSize },
    forceCloseConnections: true,
    // An id of any length is looked up.
    routerOptions: { maxParamLength: maxHeaderSize },
    frameworkErrors: (error, request, reply) => void sendError(error, request, reply),
  });
  app.setValidatorCompiler(await lazyValidation());
  app.setErrorHandler(sendError);
  const operations: string[] = [];
  app.addHook("onRoute", ({ method, url }) => {
    operations.push(...[method].flat().flatMap((one) => (one === "HEAD" ? [] : [`${one} ${url}`])));
  });
  app.setNotFoundHandler(({ method, url }) => {
    throw notSimulated(method, url);
  });
  // A web page of another site that reaches this port by DNS rebinding sends its own host name.
  app.addHook("onRequest", (request, _reply, done) => {
    const isOurs = request.headers.host === `localhost:${request.socket.localPort}`;
    if (!isOurs) done(new ManagementApiError(421, "This host is not served here"));
    else if (request.protocol === "http" && !request.routeOptions.config.overPlainHttp) {
      done(new ManagementApiError(421, "This path is served over https only"));
    } else done();
  });
  const userIndex = openUserIndex(state);
  const jobs = openJobs(state, folder, jobTime);
  // What a job does at its end is done before any request that comes after it, and saved with that.
  app.addHook("onRequest", (_request, _reply, done) => {
    jobs.settle();
    done();
  });
  const takeEvents = watchUsers(state, () => state.eventStreams.length > 0);
  // The state is written before the response is sent: after a restart, even after a kill, no confirmed change is lost.
  app.addHook("onSend", (_request, _reply, _payload, done) => {
    stateFile.save();
    for (const [type, data] of takeEvents()) eventDelivery.emit(type, data);
    done();
  });
  parseJsonBodies(app);
  await app.register(formbody);
  const { faults, buildFails, eventFault } = injectFaults(app, (isHeld) => userIndex.hold(isHeld));
  const eventDelivery = openEventDelivery(state, eventFault, () => stateFile.save());
  const rateLimiter = openRateLimiter();
  const builds = openBuilds(buildFails, buildTime);
  await app.register(managementApi({ state, signingKey, rateLimiter, builds, userIndex, jobs, eventDelivery }), {
    prefix: "/api/v2",
  });
  registerExportFiles(app, jobs);
  const memory = emptyLoginMemory();
  const domainOf = () => `localhost:${(app.server.address() as AddressInfo).port}`;
  const issuerOf = () => `https://${domainOf()}/`;
  await registerOAuth(app, { state, signingKey, memory, issuer: issuerOf });
  await app.listen({ host: "127.0.0.1", port });

  const plainServers: Server[] = [];
  return {
    domain: domainOf(),
    issuer: issuerOf(),
    operations,
    managementClient: credentialsOf(state.managementClients[0] ?? addClient(state, managementScopes)),
    application: state.application,
    identityProvider: {
      profiles: (connection) => profilesOf(state, connection),
      setProfile: (connection, profile) => {
        const others = profilesOf(state, connection).filter(({ sub }) => sub !== profile.sub);
        state.profiles[connection] = [...others, { ...profile }];
        stateFile.save();
      },
    },
    createManagementClient: (scopes, { tokenSeconds } = {}) => {
      const isSame = (known: Client) => isDeepStrictEqual(known.scopes, scopes) && known.tokenSeconds === tokenSeconds;
      const client = state.managementClients.find(isSame) ?? addClient(state, scopes, tokenSeconds);
      showOwnClients(state);
      stateFile.save();
      return credentialsOf(client);
    },
    revokeManagementClient: (clientId) => {
      removeWhere(state.managementClients, (client) => client.clientId === clientId);
      removeWhere(state.applications, ({ client_id }) => client_id === clientId);
      stateFile.save();
    },
    setMyAccountProfile: (isOn) => {
      setMyAccountProfile(state, isOn);
      stateFile.save();
    },
    faults,
    eventStreams: eventDelivery,
    limitRate: (limit) => rateLimiter.set(limit),
    snapshot: (options) => {
      jobs.settle();
      return snapshotOf(state, builds, options);
    },
    lastLogins: memory.lastLogins,
    listenPlain: async (plainPort = 0) => {
      const server = createServer({ maxHeaderSize }, (request, response) => app.routing(request, response));
      server.listen(plainPort, "127.0.0.1");
      await once(server, "listening"); // It throws at an "error".
      plainServers.push(server);
      return `http://localhost:${(server.address() as AddressInfo).port}`;
    },
    close: async () => {
      await Promise.all(plainServers.map(closeNow));
      await app.close();
      stateFile.close();
    },
  };
}

function closeNow(server: Server): Promise<unknown> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  return closed;
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
    applications: [],
    organizations: [],
    resourceServers: (seed.apis ?? []).map((identifier) => newResourceServer({ identifier })),
    clientGrants: [],
    clientCredentials: [],
    eventStreams: [],
    jobs: [],
  };
  addClient(state, managementScopes);
  addSeed(state, seed);
  const bound = (seed.actions ?? []).flatMap(({ name, code, secrets = {}, bound: isBound = true }) => {
    const supported_triggers = [{ id: "post-login", version: "v3" }];
    const named = Object.entries(secrets).map(([secret, value]) => ({ name: secret, value }));
    const action = createAction(state, { name, code, supported_triggers, secrets: named }, endedBuild);
    deploy(action);
    return isBound ? [{ ref: { type: "action_id" as const, value: action.id } }] : [];
  });
  setBindings(state, "post-login", bound);
  return state;
}

function addClient(state: State, scopes: readonly string[], tokenSeconds?: number): Client {
  const lifetime = tokenSeconds === undefined ? {} : { tokenSeconds };
  const client = { clientId: newId(32), clientSecret: newId(64), scopes, ...lifetime };
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
      organization_usage: "allow",
      // Auth0 docs, "Refresh Token Rotation": single-page applications get no others.
      refresh_token: {
        ...{ rotation_type: "rotating", expiration_type: "expiring", leeway: 0, token_lifetime: 2592000 },
        ...{ infinite_token_lifetime: false, infinite_idle_token_lifetime: false, idle_token_lifetime: 1296000 },
      },
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
