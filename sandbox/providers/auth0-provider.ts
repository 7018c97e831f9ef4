// The stand-in for the auth0 provider: its Action, TriggerAction and TriggerActions. Through the official SDK it makes
// the same calls of the Management API, in the same order, as terraform-provider-auth0. It can behave as either of two
// versions of the plugin, because a program's range takes both.
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { ManagementClient } from "auth0";
import type { Management } from "auth0";
import { apiResources } from "./auth0-apis.ts";
import { clientResources } from "./auth0-clients.ts";
import { connectionResources } from "./auth0-connections.ts";
import { credentialResources } from "./auth0-client-credentials.ts";
import { asProviderError, goneWarning, unlessGone, withProviderErrors } from "./auth0-errors.ts";
import { eventStreamResources } from "./auth0-event-streams.ts";
import { organizationResources } from "./auth0-organizations.ts";
import { AttributeError } from "./diagnostics.ts";
import { notEvaluated, oneOf } from "./inputs.ts";
import type { Properties } from "./protocol.ts";
import { PartlyCreated, withSdkNames } from "./resource.ts";
import type { Context, Created, ResourceImplementation, StandIn } from "./resource.ts";
import { sdkVersion } from "./sdk-version.ts";
import { retryingFetch } from "../../components/auth0/retrying-fetch.ts";

export interface Auth0Settings {
  /** The tenant's host, with its port if it has one. */
  readonly domain: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** One that trusts the tenant's certificate. @default the process's own `fetch` */
  readonly fetch?: typeof fetch;
  /** What it behaves as; it may change between operations. @default the older one */
  readonly plugin?: Auth0Plugin;
}

/**
 * 3.55 keeps an Action's `status`, and plans a replacement where that is `failed` (terraform-provider-auth0 #1705); it
 * has one trigger more; and it warns of an Action that is gone (#1654).
 */
export interface Auth0Plugin {
  version: "3.49" | "3.55";
}

/** The stack's settings of the provider (`domain`, `clientId`, `clientSecret` or `apiToken`) replace the defaults. */
export function auth0StandIn(defaults: Auth0Settings): StandIn {
  const fetchWithRetries = retryingFetch(defaults.fetch ?? fetch);
  const connect = (settings: Readonly<Record<string, string>>) => {
    const { apiToken } = settings;
    const domain = (settings["domain"] ?? defaults.domain).replace(/^https:\/\//, "");
    const clientId = settings["clientId"] ?? defaults.clientId;
    const clientSecret = settings["clientSecret"] ?? defaults.clientSecret;
    const common = { domain, fetch: fetchWithRetries, maxRetries: 0 };
    return new ManagementClient(
      apiToken ? { ...common, token: () => apiToken } : { ...common, clientId, clientSecret },
    );
  };
  let client = connect({});
  const resourcesOf = (version: Auth0Plugin["version"]) =>
    withSdkNames({
      "auth0:index/action:Action": action(() => client, version),
      "auth0:index/triggerAction:TriggerAction": triggerAction(() => client, triggersOf(version)),
      "auth0:index/triggerActions:TriggerActions": triggerActions(() => client, triggersOf(version)),
      ...apiResources(() => client),
      ...clientResources(() => client),
      ...connectionResources(() => client),
      ...credentialResources(() => client),
      ...eventStreamResources(() => client),
      ...organizationResources(() => client),
    });
  const resources = { "3.49": resourcesOf("3.49"), "3.55": resourcesOf("3.55") };
  return {
    name: "auth0",
    sdk: "@pulumi/auth0",
    get version() {
      return defaults.plugin?.version === "3.55" ? "3.55.1" : sdkVersion("@pulumi/auth0");
    },
    configure: (settings) => void (client = connect(settings)),
    get resources() {
      return resources[defaults.plugin?.version ?? "3.49"];
    },
  };
}

const runtimes = ["node12", "node16", "node18", "node22"];
const triggers = [
  "post-login",
  "credentials-exchange",
  "pre-user-registration",
  "post-user-registration",
  "post-change-password",
  "send-phone-message",
  "password-reset-post-challenge",
  "custom-email-provider",
  "custom-phone-provider",
  "login-post-identifier",
  "signup-post-identifier",
];
const triggersOf = (version: Auth0Plugin["version"]) =>
  version === "3.49" ? triggers : [...triggers, "post-credential-validation"];

interface ActionInputs {
  readonly name: string;
  readonly code: string;
  readonly supportedTriggers: Management.ActionTrigger;
  readonly runtime?: string;
  readonly dependencies?: readonly { readonly name: string; readonly version: string }[];
  readonly secrets?: readonly { readonly name: string; readonly value: string }[];
  readonly modules?: readonly { readonly moduleId: string; readonly moduleVersionId: string }[];
  readonly deploy?: boolean;
}

function action(client: () => ManagementClient, version: Auth0Plugin["version"]): ResourceImplementation {
  const keepsStatus = version !== "3.49";

  /** The fields of every write. Lists are sent only if they have changed, and `deploy` never. */
  const body = (inputs: ActionInputs, changed: (list: "dependencies" | "secrets" | "modules") => boolean) => ({
    name: inputs.name,
    supported_triggers: [inputs.supportedTriggers],
    code: inputs.code,
    ...(inputs.runtime && { runtime: inputs.runtime === "node18" ? "node18-actions" : inputs.runtime }),
    ...(changed("dependencies") && { dependencies: [...(inputs.dependencies ?? [])] }),
    ...(changed("secrets") && { secrets: [...(inputs.secrets ?? [])] }),
    ...(changed("modules") && {
      modules: inputs.modules?.map((it) => ({ module_id: it.moduleId, module_version_id: it.moduleVersionId })) ?? [],
    }),
  });

  /** The draft as outputs. Only `versionId` is of the deployed version. Secrets and `deploy` are never read. */
  const outputsOf = (draft: Management.Action, { status: _, ...state }: Properties): Properties => ({
    ...state,
    name: draft.name,
    code: draft.code,
    runtime: draft.runtime === "node18-actions" ? "node18" : draft.runtime,
    supportedTriggers: { id: draft.supported_triggers?.[0]?.id, version: draft.supported_triggers?.[0]?.version },
    dependencies: draft.dependencies?.map(({ name, version }) => ({ name, version })) ?? [],
    versionId: draft.deployed_version?.id ?? "",
    ...(keepsStatus && { status: draft.status }),
  });

  /**
   * Waits for the build, deploys, and waits for the deployment; as in the provider, an earlier one ends that wait at
   * once.
   */
  async function deployed(id: string, inputs: ActionInputs, { timeoutSeconds }: Context): Promise<Management.Action> {
    const deadline = Date.now() + (timeoutSeconds || 6 * 60) * 1000;
    if (inputs.deploy) {
      await poll(`the build of action "${inputs.name}"`, (draft) => {
        if (draft.status === "failed")
          throw new Error(`action "${inputs.name}" failed to build, check the Auth0 UI for errors`);
        return draft.status === "built";
      });
      await client().actions.deploy(id);
      await poll(`the deployment of action "${inputs.name}"`, (draft) => draft.deployed_version?.deployed === true);
    }
    return client().actions.get(id);

    async function poll(what: string, done: (draft: Management.Action) => boolean) {
      for (let gap = 25; ; gap = Math.min(gap * 2, 1000)) {
        if (done(await client().actions.get(id))) return;
        if (Date.now() > deadline) throw new Error(`timeout while waiting for ${what}`);
        await sleep(gap);
      }
    }
  }

  return {
    computed: ["runtime", "versionId", ...(keepsStatus ? ["status"] : [])],
    defaults: { deploy: false },
    sets: ["dependencies"],
    replaceOnChanges: [],
    replaceForState: ({ status }, { deploy }) =>
      keepsStatus && status === "failed" && deploy === true ? ["status"] : [],
    autoname: { property: "name" },
    check: (inputs) => [
      ...oneOf(inputs, "runtime", runtimes),
      ...notEvaluated(inputs, ["secretsWos", "secretsWoVersion"]),
    ],
    async create(inputs, context) {
      const given = inputs as unknown as ActionInputs;
      const { id = "" } = await withProviderErrors(
        client().actions.create(body(given, (list) => given[list] !== undefined)),
      );
      try {
        return { id, outputs: outputsOf(await deployed(id, given, context), inputs) };
      } catch (error) {
        throw new PartlyCreated(asProviderError(error), id);
      }
    },
    ...(keepsStatus && {
      goneWarning: goneWarning("auth0_action"),
    }),
    async read(id, state) {
      const draft = await unlessGone(client().actions.get(id));
      return draft && { id, outputs: outputsOf(draft, state) };
    },
    async update(id, state, inputs, context) {
      const before = state as unknown as ActionInputs;
      const after = inputs as unknown as ActionInputs;
      const changed = (list: "dependencies" | "secrets" | "modules") =>
        !isDeepStrictEqual(before[list] ?? [], after[list] ?? []);
      if (changed("secrets")) {
        const { secrets = [] } = await withProviderErrors(client().actions.get(id));
        const unmanaged = secrets.find((secret) => !after.secrets?.some(({ name }) => name === secret.name));
        const wasOurs = before.secrets?.some(({ name }) => name === unmanaged?.name);
        if (unmanaged && !wasOurs) throw new AttributeError("secrets", unmanagedSecret(unmanaged.name ?? ""));
      }
      if (!(await unlessGone(client().actions.update(id, body(after, changed))))) return undefined;
      return outputsOf(await withProviderErrors(deployed(id, after, context)), inputs);
    },
    async delete(id) {
      await unlessGone(client().actions.delete(id)); // Without `force`: an Action that is bound is a 409.
    },
  };
}

const unmanagedSecret = (name: string) =>
  `Unmanaged Action Secret: Detected an action secret not managed though Terraform: ${name}. If you proceed, this ` +
  "secret will get deleted. It is required to add this secret to your action configuration to prevent " +
  "unintentionally destructive results.";

type Trigger = Management.ActionTriggerTypeEnum;

/** Every page. Like the provider, it asks for pages until one has no `total`. */
async function everyBinding(client: ManagementClient, trigger: Trigger): Promise<Management.ActionBinding[]> {
  const found: Management.ActionBinding[] = [];
  for (let page = 0; ; page++) {
    const { response } = await client.actions.triggers.bindings.list(trigger, { page, per_page: 100 });
    found.push(...(response.bindings ?? []));
    if (!response.total) return found;
    if (!response.bindings?.length)
      throw new Error("An empty page of bindings has a total: the provider would never stop asking for pages");
  }
}

const bindingOf = (id: string, displayName: string) => ({
  display_name: displayName,
  ref: { type: "action_id" as const, value: id },
});

function triggerAction(client: () => ManagementClient, known: readonly string[]): ResourceImplementation {
  const bindings = () => client().actions.triggers.bindings;
  const firstPage = async (trigger: Trigger) => (await bindings().list(trigger, { per_page: 50 })).data;
  const reference = ({ display_name, action }: Management.ActionBinding) =>
    bindingOf(action?.id ?? "", display_name ?? "");
  const actionIdIs = (id: string) => (binding: Management.ActionBinding) => binding.action?.id === id;
  const parse = (id: string) => {
    const [trigger = "", actionId = ""] = id.split("::");
    return { trigger: trigger as Trigger, actionId };
  };

  async function read(id: string): Promise<Created | undefined> {
    const { trigger, actionId } = parse(id);
    const binding = (await everyBinding(client(), trigger)).find(actionIdIs(actionId));
    return binding && { id, outputs: { trigger, actionId, displayName: binding.display_name } };
  }

  return {
    computed: ["displayName"],
    replaceOnChanges: ["trigger", "actionId"],
    check: (inputs) => oneOf(inputs, "trigger", known),
    async create(inputs) {
      const { trigger, actionId, displayName } = inputs as { trigger: Trigger; actionId: string; displayName?: string };
      return withProviderErrors(bind());

      /** Reads and writes the whole trigger without a lock. An Action that is already bound stays as it is. */
      async function bind() {
        const present = await firstPage(trigger);
        if (!present.some(actionIdIs(actionId))) {
          const name = displayName ?? (await client().actions.get(actionId)).name ?? "";
          await bindings().updateMany(trigger, { bindings: [...present.map(reference), bindingOf(actionId, name)] });
        }
        // Undefined if another write of the same trigger came after this one, and removed the binding.
        return read(`${trigger}::${actionId}`);
      }
    },
    read: (id) => unlessGone(read(id)),
    async update(id, _state, inputs) {
      const { trigger, actionId } = parse(id);
      const displayName = inputs["displayName"] as string | undefined;
      const renamed = (binding: Management.ActionBinding) =>
        actionIdIs(actionId)(binding) && displayName !== undefined
          ? bindingOf(actionId, displayName)
          : reference(binding);
      const present = await withProviderErrors(everyBinding(client(), trigger));
      await withProviderErrors(bindings().updateMany(trigger, { bindings: present.map(renamed) }));
      return (await withProviderErrors(read(id)))?.outputs;
    },
    async delete(id) {
      const { trigger, actionId } = parse(id);
      const rest = (await withProviderErrors(firstPage(trigger))).filter((binding) => !actionIdIs(actionId)(binding));
      await unlessGone(bindings().updateMany(trigger, { bindings: rest.map(reference) }));
    },
  };
}

/**
 * The whole list of a trigger. Every write is a PATCH without a read before it, and a deletion removes all bindings.
 */
function triggerActions(client: () => ManagementClient, known: readonly string[]): ResourceImplementation {
  interface Inputs {
    readonly trigger: Trigger;
    readonly actions: readonly { readonly id: string; readonly displayName: string }[];
  }
  async function read(trigger: Trigger): Promise<Created> {
    const present = await everyBinding(client(), trigger);
    const actions = present.map(({ action, display_name }) => ({ id: action?.id ?? "", displayName: display_name }));
    return { id: trigger, outputs: { trigger, actions } };
  }
  async function write({ trigger, actions }: Inputs): Promise<Created> {
    const list = actions.map(({ id, displayName }) => bindingOf(id, displayName));
    await withProviderErrors(client().actions.triggers.bindings.updateMany(trigger, { bindings: list }));
    return withProviderErrors(read(trigger));
  }

  return {
    computed: [],
    replaceOnChanges: ["trigger"],
    check: (inputs) => oneOf(inputs, "trigger", known),
    create: (inputs) => write(inputs as unknown as Inputs),
    read: (id) => unlessGone(read(id as Trigger)),
    update: async (_id, _state, inputs) => (await write(inputs as unknown as Inputs)).outputs,
    async delete(id) {
      await unlessGone(client().actions.triggers.bindings.updateMany(id as Trigger, { bindings: [] }));
    },
  };
}
