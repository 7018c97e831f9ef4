// An import in the test's own process, upon the sandbox's tenant and store: with what it said, and every object that
// the store was sent.
import { afterAll } from "vitest";
import { importPictures } from "../../../cli/import/import-pictures.ts";
import type { ImportPicturesArgs } from "../../../cli/import/import-pictures.ts";
import type { ImportTestOptions } from "../../../cli/import/import-with.ts";
import type { CommandContext } from "../../../cli/command-context.ts";
import { openPictureBucket } from "../../../cli/store/open-picture-bucket.ts";
import { openTenantApi } from "../../../cli/tenant/open-tenant-api.ts";
import type { TenantUser } from "../../../cli/tenant/users-api.ts";
import { openPictureDecoder } from "../../../cli/images/picture-decoder.ts";
import type { PictureDecoder } from "../../../cli/images/picture-decoder.ts";
import type { CommandOutcome } from "../../../cli/terminal/command-outcome.ts";
import type { ClientCredentials } from "../../../sandbox/tenant/tenant.ts";
import type { RunningSandbox } from "../running-sandbox.ts";

export interface ImportContext extends CommandContext {
  readonly said: readonly string[];
  /** As the first Ctrl-C does. */
  interrupt(): void;
}

export interface ContextOptions {
  readonly isDryRun?: boolean;
  /** What is called before each row's progress is counted. */
  readonly onAdvance?: () => void;
  /** @default a client that may do everything */
  readonly credentials?: ClientCredentials;
}

export function importContext(
  sandbox: RunningSandbox,
  { isDryRun = false, onAdvance = () => undefined, credentials = sandbox.tenant.managementClient }: ContextOptions = {},
): ImportContext {
  const controller = new AbortController();
  const { signal } = controller;
  const said: string[] = [];
  const { tenant, store } = sandbox;
  const auth0 = { domain: tenant.domain, credentials };
  return {
    said,
    interrupt: () => controller.abort(new Error("Interrupted.")),
    terminal: {
      say: (line) => void said.push(line),
      startProgress: () => ({ advance: onAdvance, wait: () => undefined, end: () => undefined }),
    },
    target: {
      ...{ auth0, store, action: undefined, defaultPictureUrl: undefined, connections: {}, dnsRecords: [] },
      ...{ expectedTenant: undefined, expectedAwsAccounts: [] },
    },
    tenant: openTenantApi(auth0, { signal, fetch: tenant.fetch }),
    bucket: () => openPictureBucket(store, sandbox.bucketOptions),
    ...{ isDryRun, signal },
  };
}

export function runImportOf(
  context: ImportContext,
  source: string,
  args: Partial<ImportPicturesArgs> = {},
  options: ImportTestOptions = {},
): Promise<CommandOutcome> {
  return importPictures(context, { source, format: "webp", attribute: "metadata", ...args }, options);
}

/** Each object that the store is sent from now on, by its key. What is only tagged anew is not among them. */
export function recordPuts({ edge }: RunningSandbox): Map<string, number> {
  const puts = new Map<string, number>();
  const { controlPlane } = edge;
  const putObject = controlPlane.putObject.bind(controlPlane);
  controlPlane.putObject = (name, key, ...rest) => {
    puts.set(key, (puts.get(key) ?? 0) + 1);
    return putObject(name, key, ...rest);
  };
  return puts;
}

/** What the user names, and its bytes, as everybody sees them. @param named of many users, looked up once for all */
export async function pictureOf(
  sandbox: RunningSandbox,
  userId: string,
  named: (userId: string) => string | undefined = (id) => namedBy(sandbox, id),
): Promise<Uint8Array | undefined> {
  const url = named(userId);
  if (url === undefined) return undefined;
  const response = await sandbox.edge.fetch(url);
  return response.ok ? new Uint8Array(await response.arrayBuffer()) : undefined;
}

export function namedBy({ tenant }: RunningSandbox, userId: string): string | undefined {
  const user = tenant.snapshot().users.find((one) => one["user_id"] === userId) as TenantUser | undefined;
  const picture = user?.user_metadata?.["picture"];
  return typeof picture === "string" ? picture : undefined;
}

/** For all imports of a test file, because its processes take a while to start. */
export function runDecoder(): { readonly decoder: PictureDecoder } {
  const decoder = openPictureDecoder();
  afterAll(() => decoder.close());
  return { decoder };
}
