// The policies of post-login Actions: what complies, what does not, what is not known yet, and what a configuration
// changes.
import { describe, expect, it } from "vitest";
import { bundleAction } from "../../actions/bundle/bundle.ts";
import { actionDeployed } from "../../policies/action-deployed.ts";
import { actionDynamicCode } from "../../policies/action-dynamic-code.ts";
import { actionNetwork } from "../../policies/action-network.ts";
import { actionRuntime } from "../../policies/action-runtime.ts";
import { actionSecrets } from "../../policies/action-secrets.ts";
import { judge, resource, unknown } from "./run-policy.ts";

const postLogin = { id: "post-login", version: "v3" };
const actionOf = (props: object) =>
  resource("auth0:index/action:Action", "action", {
    code: "exports.onExecutePostLogin = async () => {};",
    runtime: "node22",
    deploy: true,
    supportedTriggers: postLogin,
    ...props,
  });
const codePolicies = [actionSecrets, actionDynamicCode, actionNetwork];
const policies = [...codePolicies, actionDeployed, actionRuntime];

const sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
/** As Auth0 makes them: 64 characters of base64url. */
const clientSecret = "Yk3-pQ8vZ1xW7cB_nM4sD9fG2hJ6kL0tR5yU-oI3aE8wX1zV7qC4bN9mP2dS6gHj";

describe("every policy of Actions", () => {
  it.each(policies)("takes this package's own Action: $name", async (policy) => {
    const code = bundleAction({
      allowedUrlPrefixes: ["https://d111111abcdef8.cloudfront.net/u/", "https://pictures.example.org/"],
      linkedIdentityPicture: true,
      mirrors: { idTokenClaim: "https://example.org/picture", accessTokenClaim: "picture" },
      mode: "gravatar-fallback",
      defaultPictures: { general: `https://d111111abcdef8.cloudfront.net/d/${sha256}.png` },
    });
    expect(await judge(policy, [actionOf({ code })])).toEqual([]);
  });

  it.each(policies)("leaves other triggers' Actions and other resources alone: $name", async (policy) => {
    const bad = { code: `eval(fetch("${clientSecret}"))`, runtime: "node12", deploy: false };
    expect(await judge(policy, [actionOf(bad)])).not.toEqual([]);
    expect(await judge(policy, [actionOf({ ...bad, supportedTriggers: { id: "credentials-exchange" } })])).toEqual([]);
    expect(await judge(policy, [resource("acme:index:Action", "action", bad)])).toEqual([]);
  });

  it.each(codePolicies)("waits for code that is not known yet: $name", async (policy) => {
    expect(await judge(policy, [actionOf({ code: unknown })])).toEqual([
      "string value at .code can't be known during preview",
    ]);
  });

  it.each(codePolicies)("refuses code that it cannot read: $name", async (policy) => {
    expect(await judge(policy, [actionOf({ code: "exports.x = (" })])).toEqual([
      expect.stringMatching(/^action: Its code cannot be read: Unexpected token \(1:\d+\)\.$/),
    ]);
  });
});

describe("action-secrets", () => {
  const said = (code: string, config?: object) => judge(actionSecrets, [actionOf({ code })], config);

  // Put together here, so that no scanner of this repository takes them for real.
  it.each([
    ["a private key", `"${["-----BEGIN", "PRIVATE KEY-----"].join(" ")}\\nMIIE"`],
    ["an AWS access key id", `"${"AKIA" + "IOSFODNN7EXAMPLE"}"`],
    ["a GitHub Token", `\`Bearer ${"ghp" + "_" + "abcdefghijklmnopqrstuvwxyz0123456789"}\``],
    ["a Slack Incoming Webhook", `"https://${"hooks.slack" + ".com/services/"}T000/B000/x"`],
    ["a key, by its beginning", `"${"sk" + "_live_" + "abcdefghijklmnop"}"`],
    ["a Google key", `"${"AIza" + "SyA-abcdefghijklmnopqrstuvwxyz01234"}"`],
    ["a key, by its beginning", `"${"SG" + ".abcdefghijklmnop.qrstuvwxyz0123456"}"`],
    ["an npm access token", `"${"npm" + "_abcdefghijklmnopqrstuvwxyz0123456789"}"`],
    ["a Pulumi token", `"${"pul" + "-" + "0123456789abcdef".repeat(3).slice(0, 40)}"`],
    ["a signed token", `"${"eyJ" + "hbGciOiJIUzI1NiJ9.eyJ" + "zdWIiOiIxMjM0In0.c2ln"}"`],
    ["a PostgreSQL connection string", `"postgres://admin:hunter2@db.example.com/users"`],
    ["a password in an address", `"redis://:hunter2@cache.example.com"`],
    ["a key in an address", `"https://api.example.com/?key=${clientSecret}"`],
    ["a webhook's address", `"https://hooks.zapier.com/hooks/catch/123456/abcdef/"`],
    ["a credential", `"Bearer a1b2c3d4e5f6"`],
    ["a key", `"${clientSecret}"`],
    ["a key", `\`key=\${x} ${clientSecret}\``],
    ["the value of clientSecret", `{ clientSecret: "correct-horse" }`],
    ["the value of api_key", `{ "api_key": "correct-horse" }`],
  ])("refuses %s: %s", async (kind, expression) => {
    expect(await said(`const x = "y";\nconst value = ${expression};`)).toEqual([
      expect.stringMatching(new RegExp(`^action: line 2: ".{1,4}…" looks like ${kind}\\. `)),
    ]);
  });

  it("refuses a secret by the name of what gets it, wherever that stands", async () => {
    const names = [
      `let password = "correct-horse";`,
      `config.accessToken = "correct-horse";`,
      `config["signing_key"] = "correct-horse";`,
      `config["private-key"] = "correct-horse";`,
      `function call(token = "correct-horse") {}`,
      `class Client { #secret = "correct-horse"; }`,
      `headers.append("X-Api-Key", "correct-horse");`,
      `const key = "${"glpat" + "-" + "a1B2c3D4e5"}" + "${"f6G7h8I9j0"}";`,
      `// The old API key was 4f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c, until May.`,
      `const headers = { authorization: "Bearer abc123" };`,
      `const headers = { authorization: "Bearer hunter" };`,
      `const token = "token12345678";`,
      `const passwords = ["hunter2"];`,
      `switch (event.request.query.token) { case "correct-horse": }`,
      `jwt.sign(claims, "correct-horse"); jwt.verify(token, event.secrets.KEY, "correct-horse");`,
      `crypto.createHmac("sha256", "correct-horse");`,
      `// TODO remove: apiKey = "abcd1234efgh5678"`,
      `const hook = "https://webhook.site/0f8fad5b-d9cb-469f-a165-70867728950e";`,
      `const key = "${"glpat" + "-abc123"}"`,
      `const sum = "${clientSecret}" + "${clientSecret}";`,
      `// curl -H "Authorization: Bearer a1b2c3d4e5f6"`,
      `// https://api.example.com/?token=a1b2c3d4e5f6`,
    ];
    for (const code of names) expect(await said(code)).toHaveLength(1);
  });

  it("refuses a secret in a comment, and never prints one whole", async () => {
    expect(await said(`// ${"AKIA" + "IOSFODNN7EXAMPLE"}\n`)).toEqual([
      "action: line 1: a comment holds what looks like an AWS access key id. Take it out.",
    ]);
    expect((await said(`const key = "${clientSecret}";`)).join()).not.toContain(clientSecret.slice(0, 8));
  });

  it.each([
    `api.idToken.setCustomClaim("https://example.org/roles", ["reader"]);`,
    `const url = "https://d111111abcdef8.cloudfront.net/d/${sha256}.png";`,
    `const { token } = event.secrets; const secret = event.secrets.CLIENT_SECRET;`,
    `const password = ""; const connection = "Username-Password-Authentication";`,
    `const X_AWS_EC2_METADATA_TOKEN = "x-aws-ec2-metadata-token"; const shown = { password: "********" };`,
    `if (event.client.client_id === "Yk3pQ8vZ1xW7cBnM4sD9fG2hJ6kL0tR5") return;`,
    `const clientIds = ["Yk3pQ8vZ1xW7cBnM4sD9fG2hJ6kL0tR5"]; const audience = { Yk3pQ8vZ1xW7cBnM4sD9fG2hJ6kL0tR5: 1 };`,
    `if (["Yk3pQ8vZ1xW7cBnM4sD9fG2hJ6kL0tR5"].includes(event.client.client_id)) return;`,
    `switch (event.client.client_id) { case "Yk3pQ8vZ1xW7cBnM4sD9fG2hJ6kL0tR5": return; }`,
    `const names = { "Yk3pQ8vZ1xW7cBnM4sD9fG2hJ6kL0tR5": "Portal" };`,
    `if (hash.digest("base64") === "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=") return;`,
    `const secret = "acme/prod/db-password"; const apiKey = "secrets.roles.apiKey"; const token = "string";`,
    `const names = { allPass: "overEvery" }; const tokens = ["no-referrer", "strict-origin", "unsafe-url"];`,
    `switch (parser.token) { case "repeated": }`,
    `if (parser.token === "unexpected") log("token: the access token of the user, password: see the vault");`,
    `// token: described elsewhere, password: configured in the dashboard, key: value`,
    `const accessTokenClaim = "https://example.org/picture"; const grant = { token: "access" };`,
    `const text = "a sentence that has 123 words and is not at all a key of any kind";`,
    `const id = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1"; const name = "set_user_root_attributes_on_first_login_2";`,
  ])("takes %s", async (code) => {
    expect(await said(code)).toEqual([]);
  });

  it("takes a configured literal", async () => {
    expect(await said(`const clientId = "${clientSecret}";`, { allowedLiterals: [clientSecret] })).toEqual([]);
  });
});

describe("action-dynamic-code", () => {
  const said = (code: string, config?: object) => judge(actionDynamicCode, [actionOf({ code })], config);

  it.each([
    `eval("1")`,
    `(0, eval)("1")`,
    `globalThis.eval("1")`,
    `globalThis["ev" + "al"]("1")`,
    `new Function("return 1")`,
    `const make = Function;`,
    `setTimeout("login()", 10)`,
    `(() => {}).constructor("return 1")()`,
    `new (async () => {})["constructor"](\`return \${x}\`)`,
    `require("vm").runInThisContext("1")`,
    `import("node:vm")`,
    `(globalThis || global).eval("1")`,
    `let root; root = globalThis; root.eval("1")`,
    `Reflect.get(globalThis, "eval")`,
    `const { [name]: any } = globalThis`,
    `const { ...all } = globalThis`,
    `const { constructor } = () => {}`,
    `const Make = Object.getPrototypeOf(async () => {}).constructor`,
    `({}).constructor.constructor("return 1")`,
    `module.constructor._load("x")`,
    `process[name]("x")`,
    `process.dlopen(module, "x")`,
    `module.require("node:worker_threads")`,
    `process.getBuiltinModule("vm")`,
    `setTimeout("a" + b)`,
    `const text = "login()";setImmediate(text)`,
    `new SharedWorker(url)`,
  ])("refuses %s", async (code) => {
    expect(await said(`\n${code}`)).toEqual([expect.stringMatching(/^action: line 2: /)]);
  });

  it.each([
    `typeof eval; x instanceof Function; Function.prototype.toString.call(x);`,
    `setTimeout(() => {}, 10); new this.constructor(1); const settings = { eval: 1 }; settings.eval;`,
    `const { URL } = globalThis; globalThis.URL; require("crypto");`,
    `const hasOwn = Function.call.bind(Object.hasOwnProperty); const { env } = process; process.env[name];`,
    `class Worker {} new Worker("text"); const setTimeout = (text) => text; setTimeout("text");`,
  ])("takes %s", async (code) => {
    expect(await said(code)).toEqual([]);
  });
});

describe("action-network", () => {
  const said = (code: string, config?: object) => judge(actionNetwork, [actionOf({ code })], config);
  const allowed = { allowedHosts: ["api.example.com"], allowedModules: ["axios"] };

  it.each([
    [`fetch("https://api.example.com/roles")`, "fetch calls api.example.com."],
    [`globalThis.fetch(new URL("https://api.example.com"))`, "fetch calls api.example.com."],
    [`new WebSocket("wss://api.example.com/")`, "WebSocket calls api.example.com."],
    [`require("axios").get(url)`, "the module axios may call anybody."],
    [`await import("axios")`, "the module axios may call anybody."],
  ])("refuses %s, and takes it where it is allowed", async (code, message) => {
    const asynchronous = `exports.onExecutePostLogin = async () => {\n${code};\n};`;
    expect(await said(asynchronous)).toEqual([expect.stringContaining(`action: line 2: ${message}`)]);
    expect(await said(asynchronous, allowed)).toEqual([]);
  });

  it.each([
    [`fetch("https://evil.example/")`, "fetch calls evil.example."],
    ["fetch(`https://api.example.com${path}`)", "fetch is used with an address whose host cannot be seen."],
    ["fetch(`https://${host}/`)", "fetch is used with an address whose host cannot be seen."],
    [`fetch(url)`, "fetch is used with an address whose host cannot be seen."],
    [`fetch(new URL("/x", base))`, "fetch is used with an address whose host cannot be seen."],
    [`const call = fetch`, "fetch is used with an address whose host cannot be seen."],
    [`new XMLHttpRequest()`, "XMLHttpRequest calls an address that cannot be seen here."],
    [`require("node:https")`, "the module node:https may call anybody."],
    [`require(name)`, "which module is loaded is computed"],
    ["require(`ax${name}`)", "which module is loaded is computed"],
    [`const load = require`, "which module is loaded is computed"],
    [`module.require("node:https")`, "the module node:https may call anybody."],
    [`require.main.require("http")`, "the module http may call anybody."],
    [`const { getBuiltinModule } = process`, "which module is loaded is computed"],
    [`const { fetch: f } = globalThis`, "fetch is used with an address whose host cannot be seen."],
    [`const g = globalThis;g.fetch("https://evil.example/")`, "fetch calls evil.example."],
    [`const host = "https://evil.example";fetch(host + "/x")`, "fetch calls evil.example."],
  ])("refuses %s although others are allowed", async (code, message) => {
    expect(await said(code, allowed)).toEqual([expect.stringContaining(message)]);
  });

  it("takes a template whose host is literal, modules that call nobody, and what only asks for a name", async () => {
    expect(await said("fetch(`https://api.example.com/users/${id}`)", allowed)).toEqual([]);
    expect(await said(`require("node:crypto"); require("util/types"); typeof fetch; typeof require;`)).toEqual([]);
    expect(await said(`const options = { fetch: 1 }; options.fetch;`)).toEqual([]);
    expect(await said('const api = "https://api.example.com"; fetch(`${api}/roles`); fetch(api);', allowed)).toEqual(
      [],
    );
    expect(await said(`function fetch() {} fetch("x"); const require = load; require("https");`)).toEqual([]);
  });
});

describe("action-deployed", () => {
  it("refuses a draft", async () => {
    for (const deploy of [false, undefined])
      expect(await judge(actionDeployed, [actionOf({ deploy })])).toEqual([
        "action: It stays a draft, which no login runs. Set deploy: true.",
      ]);
    expect(await judge(actionDeployed, [actionOf({ deploy: unknown })])).toEqual([
      "string value at .deploy can't be known during preview",
    ]);
  });
});

describe("action-runtime", () => {
  const said = (runtime: unknown, config?: object) => judge(actionRuntime, [actionOf({ runtime })], config);

  it("refuses an old runtime and none, and waits for one that is not known yet", async () => {
    expect(await said("node18")).toEqual(["action: runtime: node18 was given; set node22."]);
    expect(await said(undefined)).toEqual([expect.stringContaining("action: No runtime was given")]);
    expect(await said(unknown)).toEqual(["string value at .runtime can't be known during preview"]);
  });

  it("takes the configured runtimes, and no others", async () => {
    expect(await said("node18", { runtimes: ["node18"] })).toEqual([]);
    expect(await said("node22", { runtimes: ["node24"] })).toEqual(["action: runtime: node22 was given; set node24."]);
  });
});
