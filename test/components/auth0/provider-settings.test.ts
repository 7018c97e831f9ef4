// Where the auth0 provider's settings lead: the stack's before the environment's, a token before a client.
import { describe, expect, it } from "vitest";
import { missingCredentials, readProviderSettings } from "../../../components/auth0/provider-settings.ts";

const configOf = (settings: Readonly<Record<string, string>>) => ({ get: (key: string) => settings[key] });
const secret = { AUTH0_CLIENT_ID: "id", AUTH0_CLIENT_SECRET: "secret" };
const key = {
  ...{ AUTH0_CLIENT_ID: "id", AUTH0_CLIENT_ASSERTION_PRIVATE_KEY: "key" },
  AUTH0_CLIENT_ASSERTION_SIGNING_ALG: "RS384",
};

describe("missingCredentials", () => {
  it.each<[string[], Record<string, string>]>([
    [["auth0:clientId (or AUTH0_CLIENT_ID)", "auth0:clientSecret (or AUTH0_CLIENT_SECRET)"], {}],
    [["auth0:clientSecret (or AUTH0_CLIENT_SECRET)"], { ...secret, AUTH0_CLIENT_SECRET: "" }],
    [
      ["auth0:clientAssertionSigningAlg (or AUTH0_CLIENT_ASSERTION_SIGNING_ALG)"],
      { ...key, AUTH0_CLIENT_ASSERTION_SIGNING_ALG: "" },
    ],
    [[], { AUTH0_API_TOKEN: "token" }],
    [[], secret],
    [[], key],
  ])("are %j", (missing, environment) => {
    expect(missingCredentials(configOf({}), environment)).toEqual(missing);
  });
});

describe("readProviderSettings", () => {
  it.each([
    [{ AUTH0_API_TOKEN: "token", ...secret, ...key }, { token: "token" }],
    [secret, { clientId: "id", clientSecret: "secret" }],
    [
      { ...secret, ...key },
      { clientId: "id", clientAssertionSigningKey: "key", clientAssertionSigningAlg: "RS384" },
    ],
  ])("takes the credentials of %j", (environment, credentials) => {
    const settings = readProviderSettings(configOf({ "auth0:domain": "https://example.eu.auth0.com/" }), {
      ...environment,
      AUTH0_DOMAIN: "other.eu.auth0.com",
    });

    expect(settings).toEqual({ domain: "example.eu.auth0.com", credentials });
  });

  it("takes an audience of its own", () => {
    const environment = { AUTH0_DOMAIN: "id.example.org", AUTH0_AUDIENCE: "https://example.eu.auth0.com/api/v2/" };

    expect(readProviderSettings(configOf({}), { ...secret, ...environment })).toMatchObject({
      domain: "id.example.org",
      audience: "https://example.eu.auth0.com/api/v2/",
    });
  });

  it("names the tenant's domain with the credentials that are missing", () => {
    expect(() => readProviderSettings(configOf({}), {})).toThrow(
      "without auth0:domain (or AUTH0_DOMAIN), auth0:clientId (or AUTH0_CLIENT_ID), ",
    );
  });

  it.each(["part\npart", "part part", "part\u2026part", "part\0part", " \t", "part\u00e9"])(
    "refuses the token %j, and does not print it",
    (token) => {
      const environment = { AUTH0_DOMAIN: "example.eu.auth0.com", AUTH0_API_TOKEN: token };
      const read = () => readProviderSettings(configOf({}), environment);

      expect(read).toThrow(
        /^auth0:apiToken \(or AUTH0_API_TOKEN\): a space, a line break, or a sign that no token has/,
      );
      expect(read).not.toThrow("part");
    },
  );

  it("takes a token with the line's end that a file has", () => {
    const environment = { AUTH0_DOMAIN: "example.eu.auth0.com", AUTH0_API_TOKEN: "part.part-_~+/=\n" };

    expect(readProviderSettings(configOf({}), environment).credentials).toEqual({ token: "part.part-_~+/=\n" });
  });
});
