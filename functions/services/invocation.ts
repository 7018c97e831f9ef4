// What both functions have of an invocation: its deadline, and the services as it reaches them until then.
import type { AwsAccess } from "./aws-call.ts";
import type { Deadline } from "./deadline.ts";
import type { ServiceSettings } from "./environment-variables.ts";
import type { ClientProofs } from "./machine-token.ts";
import { s3ObjectStore } from "./object-store.ts";
import type { ObjectStore } from "./object-store.ts";
import { readParameter } from "./parameter-store.ts";
import { roleCredentials } from "./signed-request.ts";
import { signWithKey } from "./key-signature.ts";

/** What Lambda tells of an invocation. */
export interface LambdaContext {
  readonly getRemainingTimeInMillis: () => number;
}

export interface InvocationServices {
  readonly store: ObjectStore;
  readonly proofs: ClientProofs;
  /** Of any other service. */
  readonly accessTo: (service: keyof ServiceSettings["endpoints"]) => AwsAccess;
}

export function invocationServices(settings: ServiceSettings, deadline: Deadline): InvocationServices {
  const { bucket, region, endpoints } = settings;
  const accessTo = (service: keyof typeof endpoints): AwsAccess => ({
    region,
    endpoint: endpoints[service],
    credentials: roleCredentials,
    deadline,
  });
  return {
    store: s3ObjectStore({ bucket, ...accessTo("s3") }),
    proofs: {
      readSecret: (name) => readParameter(accessTo("ssm"), name),
      sign: (key, text) => signWithKey(accessTo("kms"), key, text),
    },
    accessTo,
  };
}

/** One line of a function's log. */
export type LogLine = Readonly<Record<string, unknown>>;

export function writeLog(line: LogLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
