// The demo's server: an application's page that users sign in to, the console beside it, and their pictures. It is
// reached by http://localhost alone.
import fastify from "fastify";
import type { FastifyInstance } from "fastify";
import type { DeployedStack } from "../deployed-stack.ts";
import type { Services } from "../services.ts";
import { registerApplication } from "./application.ts";
import { pageFiles, samples } from "./browser-code.ts";
import { registerConsole } from "./console-api.ts";
import type { PageConfig, Refusal } from "./console-types.ts";
import { listenOnLocalhost, maxHeaderSize } from "./localhost.ts";
import { recordedManagement } from "./management-calls.ts";
import { pageHeaders, refuseOtherSites } from "./page-security.ts";
import { preparePeople } from "./people.ts";
import { registerPictures } from "./picture-api.ts";
import { createPictureRelay } from "./picture-relay.ts";
import type { PictureService } from "./picture-service.ts";

export interface DemoOptions extends Pick<Services, "tenant" | "edge" | "fetch"> {
  readonly stack: DeployedStack;
  /** Closed with the demo. */
  readonly service: PictureService;
  /** @default any free port */
  readonly port?: number;
}

export interface Demo {
  /** `http://localhost:PORT/demo/` */
  readonly url: string;
  close(): Promise<void>;
}

/** More than a picture may have, so that the service says what is allowed. */
const bodyLimit = 4_700_000;

/** @throws Error with the code EADDRINUSE if the port is taken */
export async function startDemo({ tenant, edge, fetch, stack, service, port = 0 }: DemoOptions): Promise<Demo> {
  const app = fastify({ forceCloseConnections: true, bodyLimit, http: { maxHeaderSize } });
  const relay = createPictureRelay(edge, stack.pictureBaseUrl);
  const recorded = recordedManagement(tenant, fetch);
  const domain = await tenant.listenPlain();
  await preparePeople(tenant, recorded.management);

  refuseOtherSites(app);
  app.setErrorHandler((error, _request, reply) => {
    const { statusCode = 500, message } = error as Error & { statusCode?: number };
    return reply.code(statusCode).send({ error: message } satisfies Refusal);
  });
  await registerPages(app, pageHeaders(domain, stack.pictureBaseUrl));
  let clientId = "";
  app.get("/demo/api/config", (): PageConfig => {
    const { pictureBaseUrl } = stack;
    const { audience, scope } = service;
    return { domain, issuer: tenant.issuer, clientId, audience, scope, pictureBaseUrl, samples };
  });
  registerConsole(app, { tenant, stack, relay, ...recorded });
  registerPictures(app, { relay, service });
  app.addHook("onClose", () => service.close());

  try {
    const url = new URL("demo/", await listenOnLocalhost(app, port)).href;
    clientId = await registerApplication(recorded.management, url);
    return { url, close: () => app.close() };
  } catch (error) {
    await app.close();
    throw error;
  }
}

async function registerPages(app: FastifyInstance, headers: Readonly<Record<string, string>>): Promise<void> {
  app.addHook("onRequest", async (_request, reply) => {
    reply.header("cache-control", "no-store");
  });
  for (const [path, { type, body }] of await pageFiles()) {
    app.get(`/demo/${path}`, (_request, reply) => reply.headers({ ...headers, "content-type": type }).send(body));
  }
  for (const path of ["/", "/demo"]) app.get(path, (_request, reply) => reply.redirect("/demo/"));
  app.setNotFoundHandler((_request, reply) => {
    return reply.code(404).send({ error: "There is nothing here." } satisfies Refusal);
  });
}
