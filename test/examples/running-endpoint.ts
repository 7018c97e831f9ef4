// The upload endpoint's example as an operator runs it, and how a user's browser calls it.
import { startUploadEndpoint, uploadAudience as audience } from "../../sandbox/upload-endpoint.ts";
import type { UploadEndpoint, UploadEndpointOptions } from "../../sandbox/upload-endpoint.ts";

export { audience };

export interface RunningEndpoint extends UploadEndpoint {
  /** `PUT /picture`; the answer's status and body. */
  put(body: Uint8Array | string, headers?: Record<string, string>): Promise<{ status: number; body: unknown }>;
}

export async function runEndpoint(options: UploadEndpointOptions): Promise<RunningEndpoint> {
  const endpoint = await startUploadEndpoint(options);
  return {
    ...endpoint,
    async put(body, headers = {}) {
      const response = await fetch(new URL("/picture", endpoint.address), { method: "PUT", body, headers });
      return { status: response.status, body: await response.json() };
    },
  };
}
