// Secrets in AWS Systems Manager's Parameter Store.
import { signalWithin } from "./deadline.ts";
import type { Deadline } from "./deadline.ts";
import { awsDomain, signedHeaders } from "./signed-request.ts";
import type { AwsCredentials } from "./signed-request.ts";

export interface ParameterStoreOptions {
  readonly region: string;
  /** @default AWS's own, of the region */
  readonly endpoint?: string | undefined;
  readonly credentials: () => AwsCredentials;
  readonly fetch?: typeof fetch;
}

/** The value of a SecureString, decrypted (AWS Systems Manager API reference, "GetParameter"). */
export async function readParameter(options: ParameterStoreOptions, name: string, deadline: Deadline): Promise<string> {
  const { region, endpoint, credentials, fetch: send = fetch } = options;
  const request = {
    service: "ssm",
    region,
    method: "POST",
    url: new URL("/", endpoint ?? `https://ssm.${region}.${awsDomain(region)}`),
    headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": "AmazonSSM.GetParameter" },
    body: JSON.stringify({ Name: name, WithDecryption: true }),
  } as const;
  const response = await send(request.url, {
    method: request.method,
    headers: signedHeaders(request, credentials()),
    body: request.body,
    signal: signalWithin(deadline, 5000),
  });
  const answer = (await response.json()) as { Parameter?: { Value?: string }; __type?: string };
  const value = answer.Parameter?.Value;
  if (!response.ok || value === undefined)
    throw new Error(`SSM GetParameter of ${name}: ${response.status} ${answer.__type ?? ""}`);
  return value;
}
