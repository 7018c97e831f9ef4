// A tenant with an Action that is live, a store, and users, as the commands of one user find them.
import { beforeAll } from "vitest";
import { bundleAction } from "../../../actions/bundle/bundle.ts";
import type { PictureSettings } from "../../../actions/user-picture/picture.ts";
import type { CommandContext } from "../../../cli/command-context.ts";
import { openPictureBucket } from "../../../cli/store/open-picture-bucket.ts";
import type { PictureBucket } from "../../../cli/store/picture-bucket.ts";
import { openTenantApi } from "../../../cli/tenant/open-tenant-api.ts";
import type { TenantApi } from "../../../cli/tenant/users-api.ts";
import { taggedState } from "../../../components/picture-store/picture-tags.ts";
import { userFolder } from "../../../components/picture-store/image.ts";
import { bindActions, buildAndDeploy } from "../../sandbox/tenant/running-tenant.ts";
import { runSandbox } from "../running-sandbox.ts";
import type { RunningSandbox } from "../running-sandbox.ts";

export interface RunningUsers extends RunningSandbox {
  api: TenantApi;
  bucket: PictureBucket;
  actionId: string;
  /** Creates a user of the database; returns the id. */
  addUser(name: string, more?: object): Promise<string>;
  /** What a command is given. */
  context(more?: Partial<CommandContext>): CommandContext;
  /** Tells the Action's live version to have other settings. */
  deploy(settings?: Partial<PictureSettings>): Promise<void>;
  /** The states of the objects in the user's folder, by key. */
  statesOf(userId: string): Promise<Record<string, string | undefined>>;
  /** Logs a user in; returns the picture claim. */
  logInWith(connection: string, user: string): Promise<unknown>;
}

export const defaultPicture = "https://defaults.example.org/d/user.png";

export function runUsers(): RunningUsers {
  const sandbox = runSandbox({
    connections: [
      { name: "users", strategy: "auth0" },
      { name: "google-oauth2", strategy: "google-oauth2" },
      { name: "quiet", strategy: "github", options: { set_user_root_attributes: "on_first_login" } },
    ],
    profiles: [
      {
        connection: "google-oauth2",
        sub: "1",
        email: "gina@example.org",
        picture: "https://lh3.googleusercontent.com/g",
      },
      { connection: "quiet", sub: "2", email: "quinn@example.org", picture: "https://avatars.githubusercontent.com/q" },
    ],
  });
  const running = sandbox as RunningUsers;
  beforeAll(async () => {
    const auth0 = { domain: sandbox.tenant.domain, credentials: sandbox.tenant.managementClient };
    const { signal } = new AbortController();
    const api = openTenantApi(auth0, { signal, fetch: sandbox.tenant.fetch });
    const bucket = openPictureBucket(sandbox.store, sandbox.bucketOptions);
    const codeOf = (settings: Partial<PictureSettings> = {}) =>
      bundleAction({
        allowedUrlPrefixes: [`${sandbox.store.pictureBaseUrl}u/`],
        defaultPictures: { general: defaultPicture },
        ...settings,
      });
    const supported_triggers = [{ id: "post-login" as const, version: "v3" }];
    const { actions } = api.management;
    const { id: actionId = "" } = await actions.create({ name: "User picture", code: codeOf(), supported_triggers });
    await buildAndDeploy(api.management, actionId);
    await bindActions({ management: api.management }, [actionId]);
    Object.assign(running, {
      ...{ api, bucket, actionId },
      async addUser(name: string, more: object = {}) {
        const user = { connection: "users", user_id: name, email: `${name}@example.org`, password: "Pass-word-1" };
        const { user_id = "" } = await api.management.users.create({ ...user, ...more });
        return user_id;
      },
      context: (more: Partial<CommandContext> = {}): CommandContext => ({
        terminal: { say: () => undefined, startProgress: () => ({ advance() {}, wait() {}, end() {} }) },
        target: {
          ...{ auth0, store: sandbox.store, action: { actionId, actionVersionId: undefined } },
          ...{ defaultPictureUrl: undefined, connections: {}, dnsRecords: [] },
          ...{ expectedTenant: undefined, expectedAwsAccounts: [] },
        },
        ...{ tenant: api, bucket: () => bucket, isDryRun: false, signal },
        ...more,
      }),
      async deploy(settings?: Partial<PictureSettings>) {
        await api.management.actions.update(actionId, { code: codeOf(settings) });
        await buildAndDeploy(api.management, actionId);
      },
      async statesOf(userId: string) {
        const listed = await bucket.objects.list(userFolder(userId));
        return Object.fromEntries(
          await Promise.all(
            listed.map(async ({ key }) => [key, taggedState((await bucket.objects.tagsOf(key)) ?? {})]),
          ),
        ) as Record<string, string | undefined>;
      },
      async logInWith(connection: string, user: string) {
        const { claims } = await sandbox.tenant.logIn({ connection, loginHint: user });
        return claims["picture"];
      },
    } satisfies Partial<RunningUsers>);
  });
  return running;
}
