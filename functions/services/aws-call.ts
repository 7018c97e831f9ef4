// A signed call of an AWS service. Every call that is made here can be repeated, so what failed on the way is.
import { pause, signalWithin } from "./deadline.ts";
import type { Deadline } from "./deadline.ts";
import { signedHeaders } from "./signed-request.ts";
import type { AwsCredentials, AwsRequest } from "./signed-request.ts";

/** How AWS is reached, in one invocation. */
export interface AwsAccess {
  readonly region: string;
  /** Of the service: `https://…`. @default AWS's own */
  readonly endpoint?: string | undefined;
  readonly credentials: () => AwsCredentials;
  readonly deadline: Deadline;
  readonly fetch?: typeof fetch;
}

export interface AwsAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** AWS answered with an error, or not at all. The message is for a log. */
export class AwsCallError extends Error {
  override readonly name = "AwsCallError";
}

const mostTries = 3;
/** In milliseconds, of one call. */
const callLimit = 5000;

/** What a caller takes for an answer. Anything else is repeated, if that can help, or thrown. */
export interface ExpectedAnswer {
  /** Of an error: whether the caller knows what to do with it. @default of none */
  readonly isRefusal?: (answer: AwsAnswer) => boolean;
  /** Of a success: whether the service itself says so, or whoever else answered. @default of all */
  readonly isResult?: (answer: AwsAnswer) => boolean;
}

/** @throws AwsCallError, DeadlineError */
export async function callAws(
  { region, credentials, deadline, fetch: fetchOnce = fetch }: AwsAccess,
  request: Omit<AwsRequest, "region"> & { readonly region?: string },
  { isRefusal = () => false, isResult = () => true }: ExpectedAnswer = {},
): Promise<AwsAnswer> {
  const signed = { region, ...request };
  for (let tries = 1; ; tries += 1) {
    const outcome = await fetchOnce(request.url, {
      method: request.method,
      headers: signedHeaders(signed, credentials()),
      ...(request.body !== undefined && { body: request.body }),
      // It is signed for one place.
      redirect: "manual",
      signal: signalWithin(deadline, callLimit),
    })
      .then(async (response) => ({
        status: response.status,
        headers: response.headers,
        text: await response.text(),
      }))
      .catch((error: unknown) => error as Error);
    if (!(outcome instanceof Error) && ((isDone(outcome) && isResult(outcome)) || isRefusal(outcome))) return outcome;
    if (tries === mostTries || !isPassing(outcome))
      throw new AwsCallError(`${nameOf(request)}: ${outcome instanceof Error ? String(outcome) : reasonOf(outcome)}`);
    await pause(deadline, Math.random() * 100 * 2 ** tries);
  }
}

/** S3's copy that fails late answers 200 with an error (Amazon S3 API reference, "CopyObject"). */
const isDone = ({ status, text }: AwsAnswer) => status < 300 && !/^(?:<\?xml[^>]*>\s*)?<Error>/.test(text);

/** Whether the same call can succeed a moment later. Services with JSON say by its name that one calls too often. */
const isPassing = (outcome: AwsAnswer | Error) =>
  outcome instanceof Error ||
  outcome.status < 300 ||
  outcome.status >= 500 ||
  [409, 429].includes(outcome.status) ||
  /Throttling|TooManyRequests/.test(errorCode(outcome));

const nameOf = ({ service, method, url, headers }: Pick<AwsRequest, "service" | "method" | "url" | "headers">) =>
  `${service} ${headers?.["x-amz-target"] ?? `${method} ${url.pathname}`}`;

const reasonOf = (answer: AwsAnswer) => `${answer.status} ${errorCode(answer)}`;

/** The error's name, in XML or in JSON; "" if there is none. */
export const errorCode = ({ text }: AwsAnswer): string =>
  /<Code>([^<]*)<\/Code>/.exec(text)?.[1] ?? /"__type"\s*:\s*"(?:[^"#]*#)?([^"]*)"/.exec(text)?.[1] ?? "";

interface JsonCall {
  readonly service: string;
  readonly target: string;
  readonly input: object;
  /** Where the answer has the text that is asked for. */
  readonly path: readonly string[];
}

/** A call of a service whose protocol is JSON. @returns the text that is asked for */
export async function callJson(access: AwsAccess, call: JsonCall, url: URL): Promise<string> {
  const request = {
    service: call.service,
    method: "POST",
    url,
    headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": call.target },
    body: JSON.stringify(call.input),
  } as const;
  const resultIn = ({ text }: AwsAnswer) => textAt(text, call.path);
  const answer = await callAws(access, request, { isResult: (one) => resultIn(one) !== undefined });
  return resultIn(answer) ?? "";
}

/** Undefined also for what is no JSON, of which an error would show a piece: it can be one of a secret. */
function textAt(json: string, path: readonly string[]): string | undefined {
  try {
    let value: unknown = JSON.parse(json);
    for (const name of path) value = (value as Readonly<Record<string, unknown>> | null)?.[name];
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}
