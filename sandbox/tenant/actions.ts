// The Management API's Actions: drafts and their builds, versions, deployment, triggers.
import type { FastifyInstance } from "fastify";
import type { Build, Builds } from "./builds.ts";
import { ManagementApiError, payloadError } from "./errors.ts";
import { needs, nonEmptyText, pageFields, paginate } from "./requests.ts";
import type { Query } from "./requests.ts";
import { newUuid, now, removeWhere } from "./tenant-state.ts";
import type { Action, ActionContent, ActionSecret, ActionVersion, State, Trigger } from "./tenant-state.ts";

const runtimes = ["node18-actions", "node22"];

/**
 * GET /actions/triggers: for post-login as recorded. Of the other triggers, whose Actions do not run here, the current
 * version only.
 */
export const triggers = [
  { id: "post-login", version: "v3", status: "CURRENT", runtimes, default_runtime: "node22" },
  { id: "post-login", version: "v2", status: "DEPRECATED", runtimes: ["node18", "node22"], default_runtime: "node22" },
  { id: "post-login", version: "v1", status: "DEPRECATED", runtimes: ["node22"], default_runtime: "node22" },
  { id: "credentials-exchange", version: "v2", status: "CURRENT", runtimes, default_runtime: "node22" },
  { id: "pre-user-registration", version: "v2", status: "CURRENT", runtimes, default_runtime: "node22" },
  { id: "post-user-registration", version: "v2", status: "CURRENT", runtimes, default_runtime: "node22" },
  { id: "post-change-password", version: "v2", status: "CURRENT", runtimes, default_runtime: "node22" },
];

/** Auth0 docs, "Actions Limitations": 100 kB of code, without npm dependencies. */
const codeLimitBytes = 100_000;

interface Draft {
  name: string;
  code: string;
  supported_triggers: Trigger[];
  runtime?: string;
  dependencies?: { name: string; version: string }[];
  secrets?: { name: string; value?: string }[];
}

const draftProperties = {
  name: nonEmptyText,
  code: { type: "string" },
  runtime: nonEmptyText,
  supported_triggers: {
    type: "array",
    minItems: 1,
    maxItems: 1,
    items: { type: "object", required: ["id", "version"], properties: { id: nonEmptyText, version: nonEmptyText } },
  },
  dependencies: {
    type: "array",
    items: { type: "object", required: ["name", "version"], properties: { name: nonEmptyText, version: nonEmptyText } },
  },
  secrets: {
    type: "array",
    maxItems: 30,
    items: { type: "object", required: ["name"], properties: { name: nonEmptyText, value: { type: "string" } } },
  },
};
const draftSchema = { type: "object", additionalProperties: false, properties: draftProperties };

export function registerActions(api: FastifyInstance, state: State, builds: Builds): void {
  const show = (action: Action) => showAction(action, builds);

  api.get("/actions/triggers", needs("read:actions"), () => ({ triggers }));

  api.get<{ Querystring: Query }>("/actions/actions", needs("read:actions"), ({ query }) => {
    const found = state.actions.filter(
      ({ name, supported_triggers, deployedVersionId }) =>
        (query["actionName"] === undefined || name === query["actionName"]) &&
        (query["triggerId"] === undefined || supported_triggers.some(({ id }) => id === query["triggerId"])) &&
        (query["deployed"] === undefined || String(deployedVersionId !== undefined) === query["deployed"]),
    );
    const page = paginate(found, query);
    return { actions: page.items.map(show), ...pageFields(page) };
  });

  api.post<{ Body: Draft }>(
    "/actions/actions",
    needs("create:actions", { ...draftSchema, required: ["name", "supported_triggers"] }),
    ({ body }, reply) => reply.code(201).send(show(createAction(state, body, ({ name }) => builds.begin(name)))),
  );

  api.get<{ Params: { id: string } }>("/actions/actions/:id", needs("read:actions"), ({ params }) =>
    show(findAction(state, params.id)),
  );

  api.patch<{ Params: { id: string }; Body: Partial<Draft> }>(
    "/actions/actions/:id",
    needs("update:actions", draftSchema),
    ({ params, body }) => {
      const action = findAction(state, params.id);
      validateDraft(state, body, action);
      const secrets = body.secrets ? mergeSecrets(action.secrets, body.secrets) : action.secrets;
      // "Updating it will not affect any user flows until deployed" (Management API, "Update an action").
      const build = builds.begin(body.name ?? action.name);
      return show(Object.assign(action, { ...body, secrets, build, allChangesDeployed: false, updated_at: now() }));
    },
  );

  api.delete<{ Params: { id: string }; Querystring: Query }>(
    "/actions/actions/:id",
    needs("delete:actions"),
    ({ params, query }, reply) => {
      const { id } = findAction(state, params.id);
      const bound = Object.values(state.bindings).some((bindings) => bindings.some(({ actionId }) => actionId === id));
      // Management API, "Delete an action"; terraform-provider-auth0 #64 has the message.
      if (bound && query["force"] !== "true") {
        throw new ManagementApiError(409, "Unable to delete an action bound to a trigger.");
      }
      for (const [trigger, bindings] of Object.entries(state.bindings)) {
        state.bindings[trigger] = bindings.filter(({ actionId }) => actionId !== id);
      }
      removeWhere(state.actions, (action) => action.id === id);
      return reply.code(204).send();
    },
  );

  api.post<{ Params: { id: string } }>("/actions/actions/:id/deploy", needs("create:actions"), ({ params }) => {
    const action = findAction(state, params.id);
    if (builds.statusOf(action) !== "built") {
      // auth0-deploy-cli #395. It repeats this call alone until the build has ended (its handlers/actions.ts).
      throw new ManagementApiError(400, "A draft must be in the 'built' state before it can be deployed.");
    }
    const version = deploy(action);
    return showDeploying(action, version);
  });

  api.get<{ Params: { id: string }; Querystring: Query }>(
    "/actions/actions/:id/versions",
    needs("read:actions"),
    ({ params, query }) => {
      const action = findAction(state, params.id);
      const page = paginate(action.versions, query);
      return { versions: page.items.map((version) => showVersion(action, version)), ...pageFields(page) };
    },
  );

  api.get<{ Params: { id: string; version: string } }>(
    "/actions/actions/:id/versions/:version",
    needs("read:actions"),
    ({ params }) => {
      const action = findAction(state, params.id);
      return showVersion(action, findVersion(action, params.version));
    },
  );

  // Management API, "Deploy a specific version of an action": it creates a new deployed version with the same content.
  api.post<{ Params: { id: string; version: string } }>(
    "/actions/actions/:id/versions/:version/deploy",
    needs("create:actions"),
    ({ params }) => {
      const action = findAction(state, params.id);
      const version = addVersion(action, findVersion(action, params.version));
      action.allChangesDeployed = false;
      return showDeploying(action, version);
    },
  );
}

export function createAction(state: State, draft: Draft, beginBuild: (draft: Draft) => Build): Action {
  validateDraft(state, draft);
  const created_at = now();
  const action: Action = {
    id: newUuid(),
    name: draft.name,
    code: draft.code,
    runtime: draft.runtime ?? "node22",
    supported_triggers: draft.supported_triggers,
    dependencies: draft.dependencies ?? [],
    secrets: mergeSecrets([], draft.secrets ?? []),
    build: beginBuild(draft),
    created_at,
    updated_at: created_at,
    versions: [],
    allChangesDeployed: false,
  };
  state.actions.push(action);
  return action;
}

/** Makes the draft, whose build has ended, the version that logins run. */
export function deploy(action: Action): ActionVersion {
  action.allChangesDeployed = true;
  return addVersion(action, action);
}

function addVersion(action: Action, content: ActionContent): ActionVersion {
  const { code, runtime, dependencies, secrets, supported_triggers } = content;
  const created_at = now();
  const number = (action.versions[0]?.number ?? 0) + 1;
  const frozen = { code, runtime, dependencies, secrets, supported_triggers };
  const version = { id: newUuid(), number, created_at, built_at: created_at, ...frozen };
  action.versions.unshift(version);
  action.deployedVersionId = version.id;
  return version;
}

export function findAction(state: State, id: string): Action {
  const action = state.actions.find((candidate) => candidate.id === id);
  if (!action) throw new ManagementApiError(404, "That action does not exist.");
  return action;
}

function findVersion(action: Action, id: string): ActionVersion {
  const version = action.versions.find((candidate) => candidate.id === id);
  if (!version) throw new ManagementApiError(404, "That action version does not exist.");
  return version;
}

export const deployedVersion = ({ versions, deployedVersionId }: Action): ActionVersion | undefined =>
  versions.find(({ id }) => id === deployedVersionId);

function validateDraft(state: State, draft: Partial<Draft>, current?: Action): void {
  const { name, code = "", runtime } = draft;
  if (state.actions.some((other) => other !== current && other.name === name)) {
    throw new ManagementApiError(409, "An action with that name already exists.");
  }
  if (Buffer.byteLength(code) > codeLimitBytes) throw payloadError(`Code is larger than ${codeLimitBytes} bytes`);
  for (const { id, version } of draft.supported_triggers ?? current?.supported_triggers ?? []) {
    const trigger = triggers.find((known) => known.id === id && known.version === version);
    if (!trigger) throw payloadError(`Unknown trigger ${id} ${version}`);
    if (runtime !== undefined && !trigger.runtimes.includes(runtime)) throw payloadError(`Unknown runtime ${runtime}`);
  }
}

/** The new list replaces the old one. A secret that is named without a value keeps its value. */
const mergeSecrets = (current: readonly ActionSecret[], next: readonly { name: string; value?: string }[]) =>
  next.map(({ name, value }): ActionSecret => {
    const kept = current.find((secret) => secret.name === name);
    if (value === undefined && kept) return kept;
    if (value === undefined) throw payloadError(`The secret ${name} has no value`);
    return { name, value, updated_at: now() };
  });

/** The API shows the names of secrets, never their values. */
const showSecrets = (secrets: readonly ActionSecret[]) => secrets.map(({ name, updated_at }) => ({ name, updated_at }));

function showVersion(action: Action, version: ActionVersion) {
  return {
    ...version,
    action_id: action.id,
    secrets: showSecrets(version.secrets),
    status: "built",
    deployed: version.id === action.deployedVersionId,
    updated_at: version.created_at,
  };
}

/**
 * The response to a deployment, as recorded (TestAccAction, 13 and 25): it has `deployed: false`, and the next GET has
 * true, with the time of the build.
 */
function showDeploying(action: Action, version: ActionVersion) {
  const { action_id: _, built_at: _built, ...shown } = showVersion(action, version);
  const { current_version: _current, deployed_version: _deployed, ...summary } = summarize(action);
  return { ...shown, deployed: false, action: summary };
}

/** An Action as a part of a binding or of a version. Its versions are as recorded (TestAccAction, 14). */
export function summarize(action: Action) {
  const { id, name, supported_triggers, created_at, updated_at } = action;
  const [current] = action.versions;
  const deployed = deployedVersion(action);
  return {
    ...{ id, name, supported_triggers, created_at, updated_at },
    current_version: current && showCurrent(current),
    deployed_version: deployed && { ...showVersion(action, deployed), action_id: undefined },
    all_changes_deployed: false, // As recorded: it can be true only where the Action itself is shown.
  };
}

const showCurrent = ({ id, code, runtime, number, created_at, built_at }: ActionVersion) => ({
  ...{ id, code, runtime, status: "BUILT", number },
  ...{ build_time: built_at, created_at, updated_at: created_at },
});

function showAction(action: Action, builds: Builds) {
  const { code, dependencies, runtime, secrets, allChangesDeployed } = action;
  return {
    ...summarize(action),
    ...{ code, dependencies, runtime, status: builds.statusOf(action) },
    secrets: showSecrets(secrets),
    all_changes_deployed: allChangesDeployed,
  };
}
