// One login through the source or through the bundle, on an API that records what is called and refuses what an Action
// of ours must not call.
import { loadAction } from "../../../actions/testing/load-action.ts";
import { bundleAction } from "../../../actions/bundle/bundle.ts";
import { onExecutePostLogin } from "../../../actions/user-picture/action.ts";
import type { PictureEvent, PictureSettings } from "../../../actions/user-picture/picture.ts";

/** A call as `[where, name, value]`, e.g. `["idToken", "picture", "https://…"]`. */
export type Call = readonly [where: string, ...args: unknown[]];

/**
 * Everything that is not one of the three setters counts as a call too, so that a test sees it even where its error is
 * caught.
 */
function recordingApi(calls: Call[]): object {
  const recorder = (where: string, method: string): object =>
    new Proxy(
      {},
      {
        get: (_, name) => {
          if (name === method) return (...args: unknown[]) => void calls.push([where, ...args]);
          calls.push([`${where}.${String(name)}`]);
          return undefined;
        },
      },
    );
  const parts: Record<string | symbol, object> = {
    idToken: recorder("idToken", "setCustomClaim"),
    accessToken: recorder("accessToken", "setCustomClaim"),
    samlResponse: recorder("samlResponse", "setAttribute"),
  };
  return new Proxy(parts, {
    get: (target, name) => {
      if (!(name in target)) calls.push([String(name)]);
      return target[name];
    },
  });
}

export type Login = (event: unknown) => Promise<{ readonly result: unknown; readonly calls: readonly Call[] }>;

/** The source: the bundler's constant is a global variable here, set for the call and taken away after it. */
export function sourceLogin(settings: PictureSettings): Login {
  return async (event) => {
    const calls: Call[] = [];
    const global = globalThis as { PICTURE_SETTINGS?: PictureSettings };
    global.PICTURE_SETTINGS = settings;
    try {
      const result: unknown = await onExecutePostLogin(event as PictureEvent, recordingApi(calls) as never);
      return { result, calls };
    } finally {
      delete global.PICTURE_SETTINGS;
    }
  };
}

/** The bundle, in a bare context whose console counts as a call too. */
export function bundleLogin(settings: PictureSettings): Login {
  const calls: Call[] = [];
  const console = new Proxy({}, { get: (_, name) => () => void calls.push([`console.${String(name)}`]) });
  const action = loadAction(bundleAction(settings), console);
  return async (event) => {
    calls.length = 0;
    const result = await action.onExecutePostLogin(event, recordingApi(calls));
    return { result, calls: [...calls] };
  };
}
