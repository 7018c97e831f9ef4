// Every name that the npm packages export, so that a change of one is seen in a review. docs/versioning.md says what it
// takes to remove one.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";
import { readProject } from "../docs/docstrings.ts";

/** Each export path of the package in a folder, with the source that it is compiled from. */
function entriesOf(folder: string): [path: string, source: string][] {
  const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    exports: Record<string, string | { types: string }>;
  };
  return Object.entries(exports).map(([path, target]) => [
    path,
    // The tenant is compiled from the repository's root too: dist/tenant/ is sandbox/tenant/.
    typeof target === "string" ? target : target.types.replace("./dist/", "").replace(".d.ts", ".ts"),
  ]);
}

/** By export path: its names, those that are types alone in brackets. */
function namesOf(folder: string, root = ""): Record<string, string[]> {
  const entries = entriesOf(folder);
  const sources = entries.map(([, source]) => join(root, source)).filter((source) => source.endsWith(".ts"));
  const program = readProject(sources);
  const checker = program.getTypeChecker();
  return Object.fromEntries(
    entries.map(([path, source]) => {
      const file = program.getSourceFile(join(root, source));
      const module = file && checker.getSymbolAtLocation(file);
      const names = (module ? checker.getExportsOfModule(module) : []).map((symbol) => {
        const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
        return target.flags & ts.SymbolFlags.Value ? symbol.name : `(${symbol.name})`;
      });
      return [path, names.toSorted()];
    }),
  );
}

it("of the library", () => {
  expect(namesOf(".")).toMatchInlineSnapshot(`
    {
      ".": [
        "(AccessLogsArgs)",
        "(ConnectionSyncArgs)",
        "(DefaultPictureArgs)",
        "(DefaultPicturesArgs)",
        "(DnsRecord)",
        "(ExistingDistributionArgs)",
        "(GeoRestrictionArgs)",
        "(LoginFlowActionArgs)",
        "(LoginFlowArgs)",
        "(PictureActionArgs)",
        "(PictureActionOptions)",
        "(PictureDomainArgs)",
        "(PictureMirrorsArgs)",
        "(PictureOrigin)",
        "(PictureStoreArgs)",
        "(PictureStoreOptions)",
        "(PictureSweepArgs)",
        "(PictureUploadsArgs)",
        "(PictureUploadsOptions)",
        "(SecurityControl)",
        "(UploadAccessLogsArgs)",
        "(UploadThrottlingArgs)",
        "(UserPicturesArgs)",
        "AccessLogFormat",
        "ClientAuthentication",
        "ConnectionSync",
        "ControlStatus",
        "DefaultPictureMode",
        "GeoRestrictionType",
        "MinimumProtocolVersion",
        "PictureAction",
        "PictureStore",
        "PictureUploads",
        "PicturesOnDestroy",
        "PriceClass",
        "RootPictureMode",
        "SetUserRootAttributes",
        "UserPictures",
        "WriteBack",
        "controls",
        "uploadControls",
      ],
      "./action": [
        "(CacheRecord)",
        "(CacheResult)",
        "(ChosenPicture)",
        "(DefaultPictureUrls)",
        "(Factor)",
        "(GeoIp)",
        "(Lifetime)",
        "(LifetimeApi)",
        "(LinkedIdentity)",
        "(PictureEvent)",
        "(PictureMirrors)",
        "(PictureRule)",
        "(PictureSettings)",
        "(PostLoginApi)",
        "(PostLoginEvent)",
        "(PostLoginUser)",
        "(SamlResponseApi)",
        "(Transaction)",
        "(UserIdentity)",
        "DefaultPictureMode",
        "RootPictureMode",
        "choosePicture",
        "isGenerated",
        "showableUrl",
      ],
      "./browser": [
        "(ChoosePictureOptions)",
        "(ElementTexts)",
        "(PictureCrop)",
        "(RefusalWords)",
        "(StoredPicture)",
        "(UploadTexts)",
        "(UserPictureUploadEventMap)",
        "UserPictureError",
        "UserPictureUpload",
        "choosePicture",
      ],
      "./deployment-provider": [
        "(DeploymentInputs)",
        "(DeploymentState)",
        "actionDeploymentProvider",
      ],
      "./package.json": [],
      "./picture": [
        "(Picture)",
        "PictureError",
        "PictureType",
        "cacheTag",
        "pictureCacheControl",
        "pictureKey",
        "pictureLimits",
        "readPicture",
        "userFolder",
      ],
      "./picture-variant": [
        "(PictureVariant)",
        "pictureVariant",
      ],
      "./plugin-host": [
        "servePlugin",
      ],
      "./sync-provider": [
        "(SyncInputs)",
        "(SyncState)",
        "connectionSyncProvider",
      ],
      "./testing": [
        "(ApiCall)",
        "(ApiRecord)",
        "(BundleOptions)",
        "(CustomClaims)",
        "(LoginEvent)",
        "(PictureSettings)",
        "(SimulatedLogin)",
        "ActionBundleError",
        "PictureSettingsError",
        "events",
        "simulateLogin",
      ],
      "./user-picture-upload.js": [
        "(ChoosePictureOptions)",
        "(ElementTexts)",
        "(PictureCrop)",
        "(RefusalWords)",
        "(StoredPicture)",
        "(UploadTexts)",
        "(UserPictureUploadEventMap)",
        "UserPictureError",
        "UserPictureUpload",
        "choosePicture",
      ],
    }
  `);
});

it("of the tenant sandbox", () => {
  expect(namesOf("sandbox/tenant", "sandbox")).toMatchInlineSnapshot(`
    {
      ".": [
        "(ActionRun)",
        "(ActionSeed)",
        "(ApiCall)",
        "(ApplicationSeed)",
        "(BuildTime)",
        "(Certificate)",
        "(ClientCredentials)",
        "(ConnectionSeed)",
        "(EventDelivery)",
        "(EventFault)",
        "(Fault)",
        "(Faults)",
        "(JobTime)",
        "(LastLogin)",
        "(LoginOptions)",
        "(LoginResult)",
        "(ManagementClientOptions)",
        "(Occurrence)",
        "(OrganizationSeed)",
        "(PartnerEvents)",
        "(Profile)",
        "(ProfileSeed)",
        "(RateLimit)",
        "(SeedRefusal)",
        "(SnapshotOptions)",
        "(Tenant)",
        "(TenantEvent)",
        "(TenantOptions)",
        "(TenantSeed)",
        "(TenantSnapshot)",
        "(UserSeed)",
        "LoginError",
        "TenantSeedError",
        "freeTenantRateLimit",
        "startTenant",
      ],
      "./package.json": [],
    }
  `);
});

it("of the command line: none, it is a command", () => {
  expect(entriesOf("cli")).toEqual([["./package.json", "./package.json"]]);
});
