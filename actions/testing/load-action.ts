// The bundled code, loaded as Auth0's Node loads a CommonJS script: ours with nothing around it, an Action of your own
// with Node's globals.
import { compileFunction, createContext, runInContext } from "node:vm";

export interface LoadedAction {
  readonly onExecutePostLogin: (event: unknown, api: unknown) => Promise<unknown>;
  /** JSON.parse of the Action's realm, of whose objects its event is made. */
  readonly parse: (json: string) => unknown;
}

/**
 * Loads the code in a context of its own that holds nothing: no `require`, no `process`, no `fetch`, only the language,
 * `exports`, `module`, `console` and `URL`.
 */
export function loadAction(code: string, console: object = {}): LoadedAction {
  const context = createContext({}, { codeGeneration: { strings: false, wasm: false } });
  const parse = runInContext("JSON.parse", context) as LoadedAction["parse"];
  return run((names) => compileFunction(code, names, { filename: "action.js", parsingContext: context }), parse, {
    console,
    URL,
  });
}

/**
 * Loads the code among this process's own globals, as the running Node has them, but with no environment variables and
 * nothing that calls the network. Not a security boundary.
 */
export function loadOwnAction(code: string, console: object): LoadedAction {
  const own: Record<PropertyKey, unknown> = {
    console,
    process: Object.create(process, { env: { value: {} } }) as unknown,
    fetch: refuseNetwork,
    WebSocket: undefined,
    EventSource: undefined,
  };
  const globals = new Proxy(globalThis, {
    get: (target, name): unknown => (Object.hasOwn(own, name) ? own[name] : Reflect.get(target, name)),
  });
  own["globalThis"] = globals;
  own["global"] = globals;
  return run((names) => compileFunction(code, names, { filename: "action.js" }), JSON.parse, own);
}

async function refuseNetwork(resource: string | URL | { readonly url: string }): Promise<never> {
  const url = typeof resource === "string" || resource instanceof URL ? String(resource) : resource.url;
  throw new TypeError(`fetch(${url}): a simulated login has no network`);
}

function run(compile: (names: string[]) => unknown, parse: LoadedAction["parse"], given: object): LoadedAction {
  const exports: Partial<LoadedAction> = {};
  const all = { ...given, exports, module: { exports } };
  const main = compile(Object.keys(all)) as (...values: unknown[]) => void;
  main(...Object.values(all));
  const { onExecutePostLogin } = exports;
  if (!onExecutePostLogin) throw new Error("the code assigns no exports.onExecutePostLogin");
  return { onExecutePostLogin, parse };
}
