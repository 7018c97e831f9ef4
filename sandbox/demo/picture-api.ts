// The routes for pictures: what the service worker fetches, and what a user uploads.
import type { FastifyInstance } from "fastify";
import type { PictureRelay } from "./picture-relay.ts";
import type { PictureService } from "./picture-service.ts";

/** Tells the service worker that this server answers, and not another one that has come to the same port. */
const marker = "x-picture-demo";

export interface PictureSources {
  readonly relay: PictureRelay;
  readonly service: PictureService;
}

export function registerPictures(app: FastifyInstance, { relay, service }: PictureSources): void {
  // A picture's bytes, whatever they are: the service decides.
  app.addContentTypeParser(/^image\//, { parseAs: "buffer" }, (_request, body, done) => done(null, body));

  app.get<{ Querystring: { url?: string } }>("/demo/edge", async ({ query }, reply) => {
    const { status, headers, body } = await relay.fetch(query.url ?? "");
    return reply
      .code(status)
      .headers({ ...headers, [marker]: "1" })
      .send(body);
  });

  // In the place of DNS, as for pictures: the service is reached by its own name, and knows the user by the token.
  app.route({
    method: ["PUT", "DELETE"],
    url: "/demo/api/picture",
    async handler({ method, headers, body: sent }, reply) {
      const { status, type, body } = await service.send({
        method: method === "PUT" ? "PUT" : "DELETE",
        headers: Object.fromEntries(
          ["authorization", "content-type"].flatMap((name) => {
            const value = headers[name];
            return typeof value === "string" ? [[name, value]] : [];
          }),
        ),
        body: new Uint8Array(Buffer.isBuffer(sent) ? sent : []),
      });
      return reply.code(status).header("content-type", type).send(body);
    },
  });
}
