// The service that takes users' pictures, as the demo's server reaches it: by the name of its HTTP API, which is in no
// DNS.
import type { AwsServices } from "../aws/aws-services.ts";
import type { UploadsOutputs } from "../deployed-stack.ts";

export interface PictureCall {
  readonly method: "PUT" | "DELETE";
  /** Names in lower case; what is not there is not sent. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
}

export interface PictureService {
  /** What its access tokens are for. */
  readonly audience: string;
  /** The scope that they need. */
  readonly scope: string;
  readonly send: (call: PictureCall) => Promise<{ status: number; type: string; body: string }>;
  close(): Promise<void>;
}

export function deployedService({ fetch }: Pick<AwsServices, "fetch">, uploads: UploadsOutputs): PictureService {
  return {
    audience: uploads.audience,
    scope: uploads.scope,
    async send({ method, headers, body }) {
      const response = await fetch(uploads.endpoint, { method, headers, ...(method === "PUT" && { body }) });
      return {
        status: response.status,
        type: response.headers.get("content-type") ?? "application/json",
        body: await response.text(),
      };
    },
    close: () => Promise.resolve(),
  };
}
