// Which states a plugin takes: each older one, and none whose meaning may be another.
import { describe, expect, it } from "vitest";
import { newerState } from "../../plugin-host/state-version.ts";

describe("a state of another version", () => {
  it.each([
    ["1.2.3", "1.2.3"],
    ["1.2.3", "1.10.0"],
    ["0.9.9", "1.0.0"],
    ["0.0.0-x1a2b3c", "0.0.1"],
    ["a plugin of one's own", "1.0.0"],
    [undefined, "1.0.0"],
    ["2.0.0", "0.0.0-x1a2b3c"],
  ])("of %s is taken by %s", (written, own) => expect(newerState(written, own)).toBeUndefined());

  it.each([
    ["1.10.0", "1.9.1", false],
    ["1.2.4", "1.2.3", false],
    ["0.2.1", "0.2.0", false],
    ["2.0.0", "1.9.9", true],
    ["0.3.0", "0.2.9", true],
    ["1.0.0", "0.9.0", true],
  ])("of %s is told to %s; refused: %s", (written, own, isRefused) => {
    const newer = newerState(written, own);
    expect(newer?.isIncompatible).toBe(isRefused);
    expect(newer?.message).toContain(`is of auth0-user-pictures ${written}, and the plugin that runs is ${own}`);
    expect(newer?.message).toContain(`"pulumi package add" with @v${written}`);
  });
});
