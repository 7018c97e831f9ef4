// What `npm start -- --providers` takes, and what it says of everything else.
import { describe, expect, it } from "vitest";
import { readProviderChoice } from "../../../sandbox/start/provider-choice.ts";

describe("--providers", () => {
  it.each([
    ["sandbox", "sandbox"],
    ["official", "official"],
    ["auth0=official,aws=sandbox", "official"],
    ["aws=sandbox,auth0=official", "official"],
    ["auth0=official", "official"],
    ["auth0=sandbox", "sandbox"],
    ["aws=sandbox", "sandbox"],
  ])("takes %s: auth0 is %s", (text, auth0) => {
    expect(readProviderChoice(text)).toEqual({ auth0, aws: "sandbox" });
  });

  it.each([
    ["", `"" is neither one of sandbox, official nor NAME=KIND`],
    ["offical", `"offical" is neither one of sandbox, official nor NAME=KIND`],
    ["official,sandbox", `"official" is neither one of sandbox, official nor NAME=KIND`],
    ["auth0=official=3", `"auth0=official=3" is neither`],
    ["auth0=official,", `"" is neither`],
    ["gcp=official", `there is no provider "gcp", only auth0, aws`],
    ["=official", `there is no provider "", only auth0, aws`],
    ["constructor=official", `there is no provider "constructor", only auth0, aws`],
    ["auth0=3.49.0", `auth0 is one of sandbox, official, and "3.49.0" was given`],
    ["auth0=", `auth0 is one of sandbox, official, and "" was given`],
    ["auth0=official,auth0=sandbox", "auth0 is given twice"],
    ["aws=official", "aws cannot be official. The sandbox's edge has no API of AWS"],
    ["auth0=official,aws=official", "aws cannot be official"],
  ])("refuses %j", (text, message) => {
    expect(() => readProviderChoice(text)).toThrow(message);
  });
});
