// A post-login Action calls only the hosts that the configuration names: each call makes a login slower, and can make
// it fail.
import type { ResourceValidationPolicy } from "@pulumi/policy";
import type { AnyNode } from "acorn";
import { globalReferences, requiredModules } from "./action-globals.ts";
import type { GlobalReference } from "./action-globals.ts";
import { beginningOf, callOf, isTypeof, lineOf } from "./action-syntax.ts";
import type { ActionCode } from "./action-syntax.ts";
import { listSetting } from "./config-schema.ts";
import type { ConfigOf } from "./config-schema.ts";
import { validatePostLoginCode } from "./post-login-action.ts";

const settings = {
  /** Each with its port where that is not the scheme's default. */
  allowedHosts: listSetting("Hosts that may be called, such as api.example.com."),
  allowedModules: listSetting("Modules that may be required, whatever they call, such as axios."),
};

export const actionNetwork: ResourceValidationPolicy = {
  name: "action-network",
  description: "A post-login Action makes no network call that is not allowed.",
  severity: "medium",
  configSchema: { properties: settings },
  validateResource: validatePostLoginCode((code, args, reportViolation) => {
    const { allowedHosts = [], allowedModules = [] } = args.getConfig<ConfigOf<typeof settings>>();
    for (const reference of globalReferences(code)) {
      const violation = callViolation(reference, code, allowedHosts);
      if (violation !== undefined) reportViolation(`${lineOf(reference.node)}: ${violation}`);
    }
    for (const { name, node } of requiredModules(code)) {
      if (name === undefined)
        reportViolation(`${lineOf(node)}: which module is loaded is computed, so it may be any. Name it in a literal.`);
      else if (!isSilent(name) && !allowedModules.includes(name))
        reportViolation(`${lineOf(node)}: the module ${name} may call anybody. If it may, name it in allowedModules.`);
    }
  }),
};

/** The globals that take an address as their first argument and call it. */
const callers = ["fetch", "WebSocket", "EventSource"];

function callViolation(
  { path, node }: GlobalReference,
  code: ActionCode,
  allowedHosts: readonly string[],
): string | undefined {
  if (isTypeof(code.parents.get(node))) return undefined;
  if (path === "XMLHttpRequest") return "XMLHttpRequest calls an address that cannot be seen here. Use fetch.";
  if (!callers.includes(path)) return undefined;
  const host = hostOf(callOf(node, code)?.arguments[0], code);
  if (host === undefined)
    return (
      `${path} is used with an address whose host cannot be seen. ` +
      `Begin it with a literal, such as "https://api.example.com/".`
    );
  return allowedHosts.includes(host) ? undefined : `${path} calls ${host}. If it may, name it in allowedHosts.`;
}

/** The host of a literal address, of a text that begins with one, and of `new URL` of either. */
function hostOf(address: AnyNode | undefined, code: ActionCode): string | undefined {
  if (address?.type === "NewExpression" && address.callee.type === "Identifier" && address.callee.name === "URL")
    return address.arguments.length === 1 ? hostOf(address.arguments[0], code) : undefined;
  const { text, isWhole } = beginningOf(address, code) ?? { text: "", isWhole: true };
  // A host is complete only if the character that ends it is literal too.
  const origin = isWhole ? /^[a-z]+:\/\/[^/?#]+/i : /^[a-z]+:\/\/[^/?#]+(?=[/?#])/i;
  const literal = origin.exec(text)?.[0];
  return literal !== undefined && URL.canParse(literal) ? new URL(literal).host : undefined;
}

/** Node's modules that make no network call. */
const silentModules = [
  ...["assert", "async_hooks", "buffer", "console", "constants", "crypto", "events", "path", "perf_hooks", "punycode"],
  ...["querystring", "stream", "string_decoder", "timers", "url", "util", "zlib"],
];

const isSilent = (name: string) => silentModules.includes(name.replace(/^node:/, "").split("/")[0] ?? "");
