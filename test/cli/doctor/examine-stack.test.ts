// The doctor of a real tenant, bucket and edge: all is well there, and each thing that is then broken is one fault.
import { beforeAll, describe, expect, it } from "vitest";
import { bundleAction } from "../../../actions/bundle/bundle.ts";
import type { CommandContext } from "../../../cli/command-context.ts";
import type { Check, CheckName } from "../../../cli/doctor/check.ts";
import { examineStack } from "../../../cli/doctor/examine-stack.ts";
import type { DoctorServices } from "../../../cli/doctor/examine-stack.ts";
import type { Target } from "../../../cli/stack/target.ts";
import { openTenantApi } from "../../../cli/tenant/open-tenant-api.ts";
import type { TenantApi } from "../../../cli/tenant/users-api.ts";
import * as defaults from "../../../components/picture-store/defaults.ts";
import type { ClientCredentials } from "../../../sandbox/tenant/tenant.ts";
import { accountId } from "../../../sandbox/edge/identity.ts";
import { bindActions, buildAndDeploy } from "../../sandbox/tenant/running-tenant.ts";
import { picture } from "../../components/picture-store/pictures.ts";
import { runSandbox } from "../running-sandbox.ts";

const running = runSandbox({
  connections: [
    { name: "google-oauth2", strategy: "google-oauth2", options: { set_user_root_attributes: "on_first_login" } },
    { name: "github", strategy: "github", options: { set_user_root_attributes: "on_each_login" } },
  ],
});

const supported_triggers = [{ id: "post-login" as const, version: "v3" }];
const renewal = { name: "_a1b2.pictures.example.org.", type: "CNAME", value: "_c3d4.acm-validations.aws." };
const host = { name: "pictures.example.org", type: "CNAME", value: "d123.cloudfront.net" };

let tenant: TenantApi;
let target: Target;
let dns: Record<string, string[] | string>;
/** An Action that has nothing to do with pictures. */
let other: string;

beforeAll(async () => {
  tenant = openAs(running.tenant.managementClient);
  const code = bundleAction({ allowedUrlPrefixes: [`${running.store.pictureBaseUrl}u/`] });
  const actionId = await deployed("User picture", code);
  other = await deployed("Roles", `exports.onExecutePostLogin = async (event, api) => {};`);
  await bindActions({ management: tenant.management }, [actionId, other]);
  const { controlPlane } = running.edge;
  const { id: responseHeadersPolicyId } = controlPlane.responseHeadersPolicies.create({
    name: "pictures",
    ...defaults.responseHeadersPolicy,
  });
  const { id, config } = controlPlane.getDistribution(running.store.distributionId) ?? expect.unreachable();
  const defaultCacheBehavior = { ...config.defaultCacheBehavior, responseHeadersPolicyId };
  controlPlane.updateDistribution(id, { ...config, defaultCacheBehavior });
  put("d/default.png");
  const { deployed_version } = await tenant.management.actions.get(actionId);
  target = {
    auth0: { domain: running.tenant.domain, credentials: running.tenant.managementClient },
    store: running.store,
    action: { actionId, actionVersionId: deployed_version?.id },
    defaultPictureUrl: `${running.store.pictureBaseUrl}d/default.png`,
    connections: { "google-oauth2": "on_first_login", github: "on_each_login" },
    dnsRecords: [renewal, host],
    expectedTenant: running.tenant.domain,
    expectedAwsAccounts: [accountId],
  };
  dns = {
    "_a1b2.pictures.example.org": ["_C3D4.acm-validations.aws"],
    "pictures.example.org": ["d123.cloudfront.net"],
  };
});

function openAs(credentials: ClientCredentials): TenantApi {
  const settings = { domain: running.tenant.domain, credentials };
  return openTenantApi(settings, { signal: new AbortController().signal, fetch: running.tenant.fetch });
}

async function deployed(name: string, code: string): Promise<string> {
  const { id = "" } = await tenant.management.actions.create({ name, code, supported_triggers });
  await buildAndDeploy(tenant.management, id);
  return id;
}

function put(key: string, bytes: Uint8Array = picture("png"), cacheControl: string = defaults.pictureCacheControl) {
  running.edge.controlPlane.putObject(running.store.bucketName, key, bytes, {
    ...{ contentType: "image/png", cacheControl },
  });
}

async function examine(
  changes: Partial<Target> = {},
  given: Partial<CommandContext> = {},
  services: DoctorServices = {},
) {
  const progress = { advance: () => undefined, wait: () => undefined, end: () => undefined };
  const context: CommandContext = {
    terminal: { say: () => undefined, startProgress: () => progress },
    target: { ...target, ...changes },
    tenant,
    bucket: () => expect.unreachable("The doctor reads no bucket."),
    isDryRun: false,
    signal: new AbortController().signal,
    ...given,
  };
  const { json, text, hasFailed } = await examineStack(context, {
    sts: running.awsOptions,
    fetch: (url, init) => running.edge.fetch(url, init),
    resolveCname: async (name) => {
      const found = dns[name] ?? "ENOTFOUND";
      if (typeof found === "string") throw Object.assign(new Error("queryCname"), { code: found });
      return Promise.resolve(found);
    },
    ...services,
  });
  return { text, hasFailed, checks: json["checks"] as Check[], json };
}

/** The rows that are not ok. */
const wrong = (checks: readonly Check[]) =>
  checks.filter(({ status }) => status !== "ok").map(({ check, subject, status }) => [check, subject, status]);
const rowOf = (checks: readonly Check[], name: CheckName) => checks.find(({ check }) => check === name);

describe("examineStack", () => {
  it("finds a stack as it was declared", async () => {
    const { checks, json, text, hasFailed } = await examine();

    expect(wrong(checks)).toEqual([]);
    expect(checks.map(({ check }) => check)).toEqual([
      ...["tenant", "aws-account", "action-live", "action-draft", "action-bound", "later-action", "connection-sync"],
      ...["connection-sync", "default-picture", "default-picture-headers", "default-picture-script", "dns-record"],
      "dns-record",
    ]);
    expect(checks.every(({ fix }) => fix === undefined)).toBe(true);
    expect(rowOf(checks, "action-bound")?.found).toBe("it runs as number 1 of 2");
    expect(json).toMatchObject({ ok: 13, fault: 0, unknown: 0 });
    expect(text).toContain("13 as declared, 0 at fault, 0 not known.");
    expect(hasFailed).toBe(false);
  });

  it.each<[string, () => Partial<Target>, readonly (readonly [CheckName, string | undefined, string])[]]>([
    ["another account", () => ({ expectedAwsAccounts: ["210987654321"] }), [["aws-account", undefined, "fault"]]],
    ["no expectation of an account", () => ({ expectedAwsAccounts: [] }), [["aws-account", undefined, "unknown"]]],
    ["no expectation of a tenant", () => ({ expectedTenant: undefined }), [["tenant", undefined, "unknown"]]],
    [
      "another version",
      () => ({ action: { actionId: target.action?.actionId ?? "", actionVersionId: "another" } }),
      [["action-live", undefined, "fault"]],
    ],
    [
      "no version",
      () => ({ action: { actionId: target.action?.actionId ?? "", actionVersionId: undefined } }),
      [["action-live", undefined, "unknown"]],
    ],
    ["no name of the Action", () => ({ action: undefined }), [["action-live", undefined, "unknown"]]],
    [
      "an Action that is gone",
      () => ({ action: { actionId: crypto.randomUUID(), actionVersionId: "any" } }),
      [
        ["action-live", undefined, "fault"],
        ["action-bound", undefined, "fault"],
      ],
    ],
    [
      "other sync settings",
      () => ({ connections: { "google-oauth2": "on_each_login", github: "on_first_login", Github: "on_each_login" } }),
      [
        ["connection-sync", "google-oauth2", "fault"],
        ["connection-sync", "github", "fault"],
        ["connection-sync", "Github", "fault"],
      ],
    ],
    [
      "no picture",
      () => ({ defaultPictureUrl: `${running.store.pictureBaseUrl}d/none.png` }),
      [["default-picture", undefined, "fault"]],
    ],
  ])("sees %s", async (_, changes, rows) => {
    const { checks, hasFailed } = await examine(changes());

    expect(wrong(checks)).toEqual(rows);
    expect(hasFailed).toBe(rows.some(([, , status]) => status === "fault"));
    for (const { status, fix } of checks) expect(fix !== undefined).toBe(status !== "ok");
  });

  it("looks at nothing of another tenant", async () => {
    const { checks, text } = await examine({ expectedTenant: "other.eu.auth0.com" });

    expect(rowOf(checks, "tenant")).toMatchObject({ status: "fault", expected: "other.eu.auth0.com" });
    expect(wrong(checks)).toHaveLength(7);
    expect(text).toContain("FAULT   tenant");
  });

  it("knows the tenant however its domain is written, and no other by a part of it", async () => {
    const { domain } = running.tenant;
    const statusOf = async (expectedTenant: string) =>
      rowOf((await examine({ expectedTenant })).checks, "tenant")?.status;

    for (const one of [`https://${domain}/`, domain.toUpperCase()]) expect(await statusOf(one)).toBe("ok");
    for (const one of [`a.${domain}`, domain.slice(1), `${domain}.example.org`])
      expect(await statusOf(one)).toBe("fault");
  });

  it("takes credentials that are not the tenant's for a fault", async () => {
    const { clientId } = running.tenant.managementClient;
    const { checks } = await examine({}, { tenant: openAs({ clientId, clientSecret: "another" }) });

    expect(rowOf(checks, "tenant")).toMatchObject({ status: "fault" });
    expect(rowOf(checks, "action-live")).toMatchObject({ status: "unknown" });
  });

  it("says which scopes are missing, and takes nothing for ok that it does not see", async () => {
    const narrow = openAs(running.tenant.createManagementClient(["read:users"]));
    const { checks, hasFailed } = await examine({}, { tenant: narrow });

    expect(rowOf(checks, "tenant")?.status).toBe("ok");
    for (const name of ["action-live", "action-draft", "action-bound", "later-action"] as const)
      expect(rowOf(checks, name)).toMatchObject({
        status: "unknown",
        fix: expect.stringContaining("read:actions") as string,
      });
    expect(rowOf(checks, "connection-sync")).toMatchObject({
      status: "unknown",
      fix: expect.stringContaining("read:connections") as string,
    });
    expect(hasFailed).toBe(false);
  });

  it("does not take options that it cannot see for the default", async () => {
    const scopes = ["read:actions", "read:connections"];
    const { checks } = await examine({}, { tenant: openAs(running.tenant.createManagementClient(scopes)) });

    expect(wrong(checks)).toEqual([
      ["connection-sync", "google-oauth2", "unknown"],
      ["connection-sync", "github", "unknown"],
    ]);
    expect(rowOf(checks, "connection-sync")?.fix).toContain("read:connections_options");
  });

  it("knows no account by credentials that AWS does not take", async () => {
    const credentials = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "none" };
    const { checks } = await examine({}, {}, { sts: { ...running.awsOptions, credentials } });

    expect(wrong(checks)).toEqual([["aws-account", undefined, "unknown"]]);
  });
});

describe("the login flow", () => {
  const bind = (...ids: string[]) => bindActions({ management: tenant.management }, ids);
  const own = () => target.action?.actionId ?? "";

  it("without the Action is a fault", async () => {
    await bind(other);
    const { checks } = await examine();
    await bind(own(), other);

    expect(wrong(checks)).toEqual([["action-bound", undefined, "fault"]]);
  });

  it("has a draft that is not deployed", async () => {
    const { code = "" } = await tenant.management.actions.get(own());
    await tenant.management.actions.update(own(), { code: `${code}\n// changed` });
    const { checks } = await examine();
    await tenant.management.actions.update(own(), { code });

    expect(wrong(checks)).toEqual([["action-draft", undefined, "fault"]]);
    await buildAndDeploy(tenant.management, own());
    const { checks: later } = await examine();
    expect(wrong(later)).toEqual([["action-live", undefined, "fault"]]);
    const { deployed_version } = await tenant.management.actions.get(own());
    target = { ...target, action: { actionId: own(), actionVersionId: deployed_version?.id } };
  });

  it("has Actions that set picture, too: those after it count", async () => {
    const code = (name: string) =>
      `exports.onExecutePostLogin = async (event, api) => {\n  api.idToken.setCustomClaim(${name}, event.user.picture);\n};`;
    const sets = await deployed("Old picture \u001b[2J", code(`"picture"`));
    const unclear = await deployed("Claims", code("event.secrets.CLAIM"));
    await bind(sets, unclear, own(), other);
    expect(wrong((await examine()).checks)).toEqual([]);
    expect(rowOf((await examine()).checks, "action-bound")?.found).toBe("it runs as number 3 of 4");

    await bind(own(), sets, unclear, other);
    const { checks, text } = await examine();
    await bind(own());

    expect(wrong(checks)).toEqual([
      ["later-action", expect.stringContaining("Old picture"), "fault"],
      ["later-action", "Claims", "unknown"],
    ]);
    expect(text).not.toContain("\u001b[2J");
    expect(rowOf((await examine()).checks, "later-action")?.found).toBe("no Action runs after it");
    await bind(own(), other);
  });
});

describe("the default picture", () => {
  it("is no picture", async () => {
    put("d/page.png", Buffer.from("<!doctype html>"));
    const { checks } = await examine({ defaultPictureUrl: `${running.store.pictureBaseUrl}d/page.png` });

    expect(wrong(checks)).toEqual([["default-picture", undefined, "fault"]]);
  });

  it("has another header than is declared", async () => {
    put("d/short.png", picture("png"), "max-age=60");
    const { checks } = await examine({ defaultPictureUrl: `${running.store.pictureBaseUrl}d/short.png` });

    expect(wrong(checks)).toEqual([["default-picture-headers", undefined, "fault"]]);
    expect(rowOf(checks, "default-picture-headers")).toMatchObject({
      found: "cache-control: max-age=60",
      expected: `cache-control: ${defaults.pictureCacheControl}`,
    });
  });

  it.each<[string, Record<string, string>, Record<string, string>, string]>([
    ["CloudFront's own answers", { vary: "Origin" }, { "access-control-allow-origin": "*" }, "ok"],
    ["the header in both", { "access-control-allow-origin": "*" }, { "access-control-allow-origin": "*" }, "ok"],
    ["Vary among others", { vary: "Accept, origin" }, { "access-control-allow-origin": "*" }, "ok"],
    ["the page's own origin", { vary: "Origin" }, { "access-control-allow-origin": "https://doctor.invalid" }, "ok"],
    ["no Vary in what an <img> got", {}, { "access-control-allow-origin": "*", vary: "Origin" }, "fault"],
    ["another Vary", { vary: "Accept-Encoding" }, { "access-control-allow-origin": "*" }, "fault"],
    ["no permission", { vary: "Origin" }, { vary: "Origin" }, "fault"],
    ["another's permission", { vary: "Origin" }, { "access-control-allow-origin": "https://a.example" }, "fault"],
  ])("can be read by a script after it was shown, or not: %s", async (_, plain, crossOrigin, status) => {
    const { checks } = await examine(
      { defaultPictureUrl: "https://pictures.example/a.png" },
      {},
      {
        fetch: (_url, { headers }) => {
          const all = headers === undefined ? plain : crossOrigin;
          return Promise.resolve(new Response(Buffer.from(picture("png")), { headers: all }));
        },
      },
    );

    // It is not the store's, so its other headers are its host's.
    expect(rowOf(checks, "default-picture-headers")).toBeUndefined();
    expect(rowOf(checks, "default-picture-script")?.status).toBe(status);
  });

  it("has a host that does not answer", async () => {
    const fetch = () =>
      Promise.reject(new TypeError("fetch failed", { cause: Object.assign(new Error("no"), { code: "ENOTFOUND" }) }));
    const { checks } = await examine({}, {}, { fetch });

    expect(rowOf(checks, "default-picture")).toMatchObject({
      status: "fault",
      found: "its host does not answer (ENOTFOUND)",
    });
  });
});

describe("a DNS record", () => {
  it.each<[string, string, string[] | string, string]>([
    ["of the renewal", "_a1b2.pictures.example.org", "ENOTFOUND", "fault"],
    ["of the renewal", "_a1b2.pictures.example.org", "ENODATA", "fault"],
    ["of the renewal", "_a1b2.pictures.example.org", ["_other.acm-validations.aws"], "fault"],
    ["of the renewal", "_a1b2.pictures.example.org", [], "fault"],
    ["of the renewal", "_a1b2.pictures.example.org", "ESERVFAIL", "unknown"],
    ["of the renewal", "_a1b2.pictures.example.org", "ETIMEOUT", "unknown"],
    ["of the host", "pictures.example.org", ["d456.cloudfront.net"], "fault"],
    ["of the host", "pictures.example.org", "ENODATA", "unknown"],
  ])("%s: %s that answers %j is %s", async (_, name, answer, status) => {
    const before = dns;
    dns = { ...dns, [name]: answer };
    const { checks } = await examine();
    dns = before;

    expect(checks.filter(({ check }) => check === "dns-record").map((one) => one.status)).toContain(status);
    expect(wrong(checks)).toHaveLength(1);
  });
});

it("ends at the signal", async () => {
  const signal = AbortSignal.abort(new Error("Ctrl-C"));

  await expect(examine({}, { signal })).rejects.toThrow("Ctrl-C");
});
