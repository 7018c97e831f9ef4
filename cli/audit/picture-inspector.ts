// Looks at pictures on others' hosts: each address once, at most a few at once on each host, and not on and on where a
// host does not answer.
import { printable } from "../terminal/printable.ts";
import type { UrlInspection } from "../images/inspect-url.ts";

/** Never rejects, but by the signal. */
export type InspectUrl = (url: string, options: { readonly signal: AbortSignal }) => Promise<UrlInspection>;

export interface PictureInspector {
  /** @param url https */
  inspect(url: string): Promise<UrlInspection>;
}

export interface InspectorOptions {
  readonly signal: AbortSignal;
  /** On each host: as many as browsers ask at once. @default 6 */
  readonly atOnce?: number;
}

/** On all hosts together: each can be a mebibyte in memory. */
const mostAtOnce = 24;

/** After so many without an answer in a row, a host is asked nothing more: it is down, or has had enough. */
const mostUnanswered = 12;

interface Host {
  readonly inTurn: Turns;
  unanswered: number;
}

export function pictureInspector(inspectUrl: InspectUrl, { signal, atOnce = 6 }: InspectorOptions): PictureInspector {
  const hosts = new Map<string, Host>();
  const found = new Map<string, Promise<UrlInspection>>();
  const inTurnOfAll = turns(mostAtOnce);

  function ask(url: string): Promise<UrlInspection> {
    const { host: name } = new URL(url);
    const host = hosts.get(name) ?? { inTurn: turns(atOnce), unanswered: 0 };
    hosts.set(name, host);
    return host.inTurn(async () => {
      if (host.unanswered >= mostUnanswered)
        return {
          state: "unknown",
          reason: `${printable(name, 80)} was asked nothing more, after ${mostUnanswered} failures in a row`,
        };
      const inspection = await inTurnOfAll(() => inspectUrl(url, { signal }));
      host.unanswered = inspection.state === "unknown" ? host.unanswered + 1 : 0;
      return inspection;
    });
  }

  return {
    inspect(url) {
      const known = found.get(url) ?? ask(url);
      found.set(url, known);
      return known;
    },
  };
}

type Turns = <Result>(act: () => Promise<Result>) => Promise<Result>;

/** So many act at once, and the others wait for their turns. */
function turns(atOnce: number): Turns {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (act) => {
    if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await act();
    } finally {
      // Who waits takes this one's place.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
