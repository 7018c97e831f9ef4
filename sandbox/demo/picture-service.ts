// The service that takes users' pictures, as the demo's server reaches it: the one that the stack has deployed, behind
// its HTTP API; or else the example of an endpoint.
import type { AwsServices } from "../aws/aws-services.ts";
import type { UploadsOutputs } from "../deployed-stack.ts";
import { startUploadEndpoint, uploadAudience } from "../upload-endpoint.ts";
import type { UploadEndpoint, UploadEndpointOptions } from "../upload-endpoint.ts";

export interface PictureCall {
  readonly method: "PUT" | "DELETE";
  /** Names in lower case; what is not there is not sent. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
}

export interface PictureService {
  /** What its access tokens are for. */
  readonly audience: string;
  /** The scope that they need; "" for none. */
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

/** It starts with the first upload, and again after a failure: not every visit has one. */
export function exampleService(options: UploadEndpointOptions): PictureService {
  let endpoint: Promise<UploadEndpoint> | undefined;
  const answer = (status: number, body: object) => ({ status, type: "application/json", body: JSON.stringify(body) });
  const refused = (status: number, message: string) =>
    answer(status, { code: "example_refused", message, whatToDo: "Choose another picture." });
  return {
    audience: uploadAudience,
    scope: "",
    async send({ method, headers: { authorization = "" }, body }) {
      if (method === "DELETE") return refused(405, "The example of an endpoint removes no picture.");
      endpoint ??= startUploadEndpoint(options).catch((error: unknown) => {
        endpoint = undefined;
        throw error;
      });
      const { address } = await endpoint;
      const response = await fetch(`${address}/picture`, { method, headers: { authorization }, body });
      const { picture, error = "" } = (await response.json()) as { picture?: string; error?: string };
      return response.ok ? answer(200, { url: picture, variants: {} }) : refused(response.status, error);
    },
    async close() {
      await (await endpoint?.catch(() => undefined))?.close();
    },
  };
}
