// What an Action may say and what it may not, in 60 lines of ordinary code: half pass every policy, of the others each
// is found by the policy that is named, and by no other. The secrets are put together, so that no scanner of this
// repository takes them for real.
import { expect, it } from "vitest";
import { actionDynamicCode } from "../../policies/action-dynamic-code.ts";
import { actionNetwork } from "../../policies/action-network.ts";
import { actionSecrets } from "../../policies/action-secrets.ts";
import { judge, resource } from "./run-policy.ts";

const policies = { secrets: actionSecrets, "dynamic code": actionDynamicCode, network: actionNetwork };

async function foundBy(code: string): Promise<string[]> {
  const props = { code, supportedTriggers: { id: "post-login" } };
  const action = resource("auth0:index/action:Action", "action", props);
  const names = Object.keys(policies) as (keyof typeof policies)[];
  const said = await Promise.all(names.map((name) => judge(policies[name], [action])));
  return names.filter((_, index) => said[index]?.length !== 0);
}

/** Reproducible, and as mixed as a key that a maker draws. */
function random(length: number, characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"): string {
  let [seed, text] = [length, ""];
  for (let index = 0; index < length; index++) {
    seed = (seed * 48271) % 2147483647;
    text += characters[seed % characters.length];
  }
  return text;
}

const base64 = (length: number) => random(length, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
const hex = (length: number) => random(length, "0123456789abcdef");
const pem = (kind: string) =>
  `-----BEGIN ${kind} KEY-----\\nMIIB${base64(60)}\\n${base64(64)}\\n-----END ${kind} KEY-----`;

it.each([
  `const id = "550e8400-e29b-41d4-a716-446655440000";`,
  `const ids = ["550E8400-E29B-41D4-A716-446655440000", "7d444840-9dc0-11d1-b245-5ffdce74fad2"];`,
  `const version = "${hex(64)}"; const md5 = "${hex(32)}"; const commit = "${hex(40)}"; const long = "${hex(128)}";`,
  `// Taken over from https://github.com/acme/roles/commit/${hex(40)} (sha256: ${hex(64)})`,
  `const script = { src: "https://cdn.example.com/a.js", integrity: "sha384-${base64(64)}" };`,
  `const policy = "script-src 'sha256-${base64(43)}=' 'self'";`,
  `const checksum = "${base64(43)}=";`,
  `const base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";`,
  `const base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";`,
  `const drawnFrom = "FxnXM1kBN6cuhsAvjW3Co7l2RePyY8DwaU04Tzt9fHQrqSVKdpimLGIJOgb5ZE";`,
  `const picture = "data:image/png;base64,${base64(400)}==";`,
  `const svg = "PHN2Zy${base64(200)}"; const png = "data:image/png;base64," + "iVBORw0KGgo${base64(200)}";`,
  `const key = "${pem("PUBLIC")}"; const certificate = "${pem("X").replaceAll("X KEY", "CERTIFICATE")}";`,
  `const key = ["-----BEGIN PUBLIC KEY-----", "MIIB${base64(60)}", "-----END PUBLIC KEY-----"].join("\\n");`,
  `const jwk = { kty: "RSA", e: "AQAB", n: "${random(342)}", x5c: ["MIIC${base64(300)}"] };`,
  `const host = "ssh-ed25519 AAAA${base64(64)} deploy@example.com";`,
  `const TOKEN = "access_token"; const secret = "client_secret"; const tokenType = "id_token";`,
  `const SECRET = "ROLES_API_TOKEN"; const token = event.secrets[SECRET]; const pw = event.secrets["DB_PASSWORD"];`,
  `const field = { password: "newPassword", token: "/oauth/token" }; if (token === "undefined") api.access.deny("no");`,
  "const headers = { Authorization: `Bearer ${event.secrets.TOKEN}`, 'x-api-key': event.secrets.API_KEY };",
  `headers.set("WWW-Authenticate", 'Bearer realm="users"'); api.access.deny("Bearer authentication required");`,
  `const hook = "https://api.example.com/v1/webhooks/auth0-post-login"; const page = "https://user@example.com/";`,
  `const type = "urn:ietf:params:oauth:grant-type:token-exchange"; const name = "AuthenticationMethodsReference2026";`,
  `const path = "/api/v2/users/by-email/with-roles/2024"; const credentials = "same-origin"; const apiKey = "<api-key>";`,
  `class Clone { copy() { return new this.constructor("copy"); } } const name = error.constructor.name;`,
  `function load(fetch, Worker) { return fetch(address) + new Worker("text"); }`,
  `const fetch = (name) => roles[name]; fetch("admin"); const eval2 = { eval: 1, Function: 2 }; eval2.eval;`,
  `for (const require of rules) require("role"); try { check(); } catch (self) { self.eval("x"); }`,
  `const isNode = typeof process === "object" && typeof fetch === "function"; process.env.TZ; module.exports.x = 1;`,
  `setTimeout(() => done(), 10); setInterval(tick, 10); process.getBuiltinModule("node:crypto").randomUUID();`,
])("takes %s", async (code) => {
  expect(await foundBy(code)).toEqual([]);
});

it.each([
  [`const headers = { Authorization: "Bearer ${random(24)}" };`, "secrets"],
  [`headers.set("Authorization", "Basic ${base64(20)}");`, "secrets"],
  [`const headers = { "x-api-key": "correct-horse" };`, "secrets"],
  [`new Headers([["x-auth-token", "correct-horse"]]);`, "secrets"],
  [`const pw = "hunter2";`, "secrets"],
  [`const mail = { user: "ada", pass: "hunter2" };`, "secrets"],
  [`const key = event.secrets.API_KEY ?? "correct-horse";`, "secrets"],
  [`const accessToken = isTest ? undefined : "supersecret";`, "secrets"],
  [`if (event.request.query.token === "correct-horse") return;`, "secrets"],
  [`const x = "${"glpat" + "-" + random(20)}";`, "secrets"],
  [`const x = "${"sk-" + "proj-" + random(48)}";`, "secrets"],
  [`const x = "${"sk-" + "proj-" + random(74)}${"T3Blbk" + "FJ"}${random(74)}";`, "secrets"],
  [`const x = "${"glpat" + "-" + random(10)}" + "${random(10)}";`, "secrets"],
  [`const url = "https://${"hooks.slack" + ".com/services/"}T0AB12CD3/B0AB12CD3/${random(24)}";`, "secrets"],
  [`const url = "https://discord.com/api/webhooks/123456789012345678/${random(68)}";`, "secrets"],
  [`const url = "https://api.example.com/roles?api_key=hunter2hunter2";`, "secrets"],
  [`const body = "grant_type=client_credentials&client_secret=hunter2hunter2";`, "secrets"],
  [`// The old key was ${"AKIA" + "ABCDEFGHIJKLMNOP"}`, "secrets"],
  [`/* api key: ${random(32)} */`, "secrets"],
  [`// const password = "correct-horse";`, "secrets"],
  [`const key = "${pem("PRIVATE")}";`, "secrets"],
  [`const jwk = { kty: "oct", k: "${random(43)}" };`, "secrets"],
  [`const { hostname } = module.require("node:os"); (globalThis || global).fetch(url);`, "network"],
  [`const { getBuiltinModule: load } = process; const http = process.getBuiltinModule("node:http");`, "network"],
  [`const { fetch: f } = globalThis;`, "network"],
  [`const name = "https"; require(name);`, "network"],
  [`new Worker("text");`, "dynamic code"],
  [`const code = "login()"; setTimeout(code, 10); setInterval("tick" + "()", 10);`, "dynamic code"],
  [
    `const root = typeof self === "object" ? self : globalThis; const { eval: run } = root; root.Function("x");`,
    "dynamic code",
  ],
  [`const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor; process.binding("fs");`, "dynamic code"],
])("finds %s", async (code, policy) => {
  expect(await foundBy(code)).toEqual([policy]);
});
