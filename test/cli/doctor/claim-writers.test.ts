// What is known of an Action of somebody's by its code: whether it sets the picture that ours has set.
import { expect, it } from "vitest";
import { claimFinding } from "../../../cli/doctor/claim-writers.ts";

const action = (body: string, before = "") =>
  `${before}\nexports.onExecutePostLogin = async (event, api) => {\n${body}\n};\n`;

it.each([
  `api.idToken.setCustomClaim("picture", event.user.picture);`,
  `if (event.user.picture) api.idToken.setCustomClaim('picture', 1);`,
  "api.idToken.setCustomClaim(`picture`, 1);",
  `api["idToken"]["setCustomClaim"]("picture", 1);`,
  `api?.idToken?.setCustomClaim?.("picture", 1);`,
  `const { idToken } = api; idToken.setCustomClaim("picture", 1);`,
  `const token = api.idToken; token.setCustomClaim("picture", 1);`,
  `const name = "picture"; api.idToken.setCustomClaim(name, 1);`,
  `api.idToken.setCustomClaim(event.user.picture ? "picture" : "avatar", 1);`,
  `[1].forEach(() => api.idToken.setCustomClaim("picture", 1));`,
])("sees that it is set: %s", (body) => {
  expect(claimFinding(action(body))).toEqual({ kind: "sets", line: 3 });
});

it("sees what a function of the Action's own sets", () => {
  const before = `function set(event, tokens) { tokens.idToken.setCustomClaim("picture", 1); }`;

  expect(claimFinding(action("set(event, api);", before))).toEqual({ kind: "sets", line: 1 });
});

it.each([
  "",
  `api.idToken.setCustomClaim("https://example.org/picture", 1);`,
  "const ns = 'https://example.org/'; api.idToken.setCustomClaim(`${ns}picture`, 1);",
  "api.idToken.setCustomClaim(`${event.ns}/roles`, 1);",
  "api.idToken.setCustomClaim(`https://${event.ns}`, 1);",
  `api.idToken.setCustomClaim("urn:" + event.name, 1);`,
  `api.idToken.setCustomClaim(event.name + "_url", 1);`,
  `api.accessToken.setCustomClaim("picture", 1);`,
  `const token = api.accessToken; token.setCustomClaim("picture", 1);`,
  `const name = "nickname"; api.idToken.setCustomClaim(name, 1);`,
  `api.user.setUserMetadata("picture", 1);`,
  `// api.idToken.setCustomClaim("picture", 1);`,
  `console.log("setCustomClaim picture");`,
  `api.access.deny("picture");`,
])("sees that it is not set: %s", (body) => {
  expect(claimFinding(action(body))).toEqual({ kind: "clear" });
});

it.each([
  [`api.idToken.setCustomClaim(event.secrets.CLAIM, 1);`, "computes the claim's name (line 3)"],
  [`for (const [name, value] of claims) api.idToken.setCustomClaim(name, value);`, "computes the claim's name"],
  [`let name = "nickname"; name = "picture"; api.idToken.setCustomClaim(name, 1);`, "computes the claim's name"],
  ["api.idToken.setCustomClaim(`pic${event.x}`, 1);", "computes the claim's name"],
  [`api.idToken.setCustomClaim("pic" + event.x, 1);`, "computes the claim's name"],
  [`api[event.kind].setCustomClaim("picture", 1);`, "which token"],
  [`const set = api.idToken.setCustomClaim; set("picture", 1);`, "hands setCustomClaim on"],
  [`api.idToken.setCustomClaim.call(api.idToken, "picture", 1);`, "hands setCustomClaim on"],
  [`const { setCustomClaim } = api.idToken; setCustomClaim("picture", 1);`, "takes setCustomClaim out"],
  [`api["id" + "Token"]["set" + "CustomClaim"]("picture", 1);`, "computes what it uses of the api"],
  [`await require("claims").add(event, api);`, "hands the api to code that is not there"],
  [`const { add } = require("claims"); add(event, api);`, "hands the api to code that is not there"],
  ["this is no JavaScript", "cannot be read"],
])("does not say that it knows: %s", (body, why) => {
  expect(claimFinding(action(body))).toEqual({ kind: "unclear", why: expect.stringContaining(why) as string });
});

it("takes what is set for more than what is unclear", () => {
  const body = `api.idToken.setCustomClaim(event.x, 1);\napi.idToken.setCustomClaim("picture", 1);`;

  expect(claimFinding(action(body))).toEqual({ kind: "sets", line: 4 });
});
