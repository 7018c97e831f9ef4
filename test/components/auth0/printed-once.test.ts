// What Pulumi's dynamic provider prints of an error beside what the engine shows.
import { afterEach, describe, expect, it, vi } from "vitest";
import { withoutStack } from "../../../components/auth0/api-error.ts";
import { connectionSyncProvider } from "../../../components/connection-sync/provider.ts";
import { actionDeploymentProvider } from "../../../components/picture-action/deployment-provider.ts";

/** As cmd/dynamic-provider does it. */
const print = (error: Error) => console.error(`${String(error)}: ${error.stack}`);

afterEach(() => void vi.restoreAllMocks());

describe.each([
  ["connectionSyncProvider", connectionSyncProvider],
  ["actionDeploymentProvider", actionDeploymentProvider],
])("%s", (_, make) => {
  const failing = () => make({ get: () => undefined }, {});

  it("prints no error that the engine shows, however often it fails, and whatever else is printed", async () => {
    const printed = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const providers = [failing(), failing()];
    for (const provider of providers)
      await provider.read("id", { actionId: "a" } as never).catch((error: Error) => {
        expect(error.message).toContain("cannot be reached without auth0:domain");
        print(error);
      });
    print(withoutStack("Auth0 answered 503: of another."));
    expect(printed).not.toHaveBeenCalled();

    print(new TypeError("a fault of ours"));
    console.error("another line", 1);
    expect(printed.mock.calls).toEqual([
      [expect.stringMatching(/^TypeError: a fault of ours: .*\n/)],
      ["another line", 1],
    ]);
  });
});
