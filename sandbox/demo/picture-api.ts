// The routes for pictures: what the service worker fetches, and what a user uploads.
import type { FastifyInstance } from "fastify";
import type { PictureRelay } from "./picture-relay.ts";
import type { UploadEndpoint } from "../upload-endpoint.ts";

/** Tells the service worker that this server answers, and not another one that has come to the same port. */
const marker = "x-picture-demo";

export interface PictureSources {
  readonly relay: PictureRelay;
  /** Called by the first upload, and again after a failure: not every visit has one. */
  readonly startEndpoint: () => Promise<UploadEndpoint>;
}

export function registerPictures(app: FastifyInstance, { relay, startEndpoint }: PictureSources): void {
  let endpoint: Promise<UploadEndpoint> | undefined;
  app.addHook("onClose", async () => {
    await (await endpoint?.catch(() => undefined))?.close();
  });

  // A picture's bytes, whatever they are: the endpoint decides.
  app.addContentTypeParser(/^image\//, { parseAs: "buffer" }, (_request, body, done) => done(null, body));

  app.get<{ Querystring: { url?: string } }>("/demo/edge", async ({ query }, reply) => {
    const { status, headers, body } = await relay.fetch(query.url ?? "");
    return reply
      .code(status)
      .headers({ ...headers, [marker]: "1" })
      .send(body);
  });

  // As an application's own server: the endpoint is another service, which knows the user by the access token.
  app.put("/demo/api/picture", async ({ headers: { authorization = "" }, body }, reply) => {
    endpoint ??= startEndpoint().catch((error: unknown) => {
      endpoint = undefined;
      throw error;
    });
    const { address } = await endpoint;
    const bytes = Buffer.isBuffer(body) ? new Uint8Array(body) : new Uint8Array();
    const response = await fetch(`${address}/picture`, { method: "PUT", headers: { authorization }, body: bytes });
    return reply.code(response.status).send(await response.json());
  });
}
