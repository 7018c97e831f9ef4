// What the demo says of each rule: true for every mode, and for a picture of the user's that was not taken.
import { expect, it } from "vitest";
import { ruleWords } from "../../../sandbox/demo/browser/rule-words.ts";
import type { Rule } from "../../../sandbox/picture-rule.ts";

const words = (rule: Rule, metadataPicture: string | null) =>
  ruleWords({ rule, metadataPicture, at: "", protocol: "", picture: null, claims: null, error: null, actions: [] }).why;

it.each(["default (generated)", "Auth0's own"] as const)(
  "says that the user's own picture was not taken: %s",
  (rule) => {
    expect(words(rule, "javascript:alert(1)")).toContain("its address is not in the picture store");
    expect(words(rule, "javascript:alert(1)")).not.toContain("Nobody");
    expect(words(rule, null)).toMatch(/^Nobody (chose|has chosen) one/);
  },
);

it("says why the default picture is shown, by the mode", () => {
  const modes = ["generated", "gravatar-fallback", "missing", "everyone"];
  const said = modes.map((mode) => words(`default (${mode})`, null));
  expect(new Set(said).size).toBe(modes.length);
  expect(said.filter((text) => text.includes("made up"))).toHaveLength(1);
});
