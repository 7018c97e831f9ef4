// S3, SSM and Auth0 failing, in every way and at each of an upload's calls: what is answered, what is logged, and that
// the picture which the metadata names is there whole. With the function's own clients, on the sandbox's S3 and tenant.
import { join } from "node:path";
import { ManagementClient } from "auth0";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { userFolder } from "../../components/picture-store/image.ts";
import { handleRequest } from "../../functions/picture-upload/handle-request.ts";
import { deadlineOf } from "../../functions/services/deadline.ts";
import { machineToken } from "../../functions/services/machine-token.ts";
import { s3ObjectStore } from "../../functions/services/object-store.ts";
import { readParameter } from "../../functions/services/parameter-store.ts";
import { longestUpload, namedStem, settleFolder, stemOf } from "../../functions/services/user-folder.ts";
import { userMetadata } from "../../functions/services/user-metadata.ts";
import { startTenant } from "../../sandbox/tenant/tenant.ts";
import type { Tenant } from "../../sandbox/tenant/tenant.ts";
import { bucketName, region, runS3 } from "../sandbox/edge/running-s3.ts";

const connection = "Username-Password-Authentication";
const baseUrl = "https://pictures.example.com/";
const ssm = "https://ssm.example.com";
/** Each has a user of their own, so that they can upload at once. */
const lanes = 8;
const userOf = (lane: number) => `auth0|lane${lane}`;

const s3 = runS3();
let tenant: Tenant;
let management: ManagementClient;
let clients: { reader: ReturnType<Tenant["createManagementClient"]>; writer: typeof clients.reader };

beforeAll(async () => {
  const connections = [{ name: connection, strategy: "auth0" }];
  tenant = await startTenant({ folder: join(s3.folder, "tenant"), certificate: s3.certificate, connections });
  management = new ManagementClient({ domain: tenant.domain, ...tenant.managementClient, fetch: s3.fetch });
  for (let lane = 0; lane < lanes; lane += 1)
    await management.users.create({
      ...{ connection, user_id: `lane${lane}`, email: `lane${lane}@example.com`, password: "Aa1-aaaaaaaa" },
    });
  const [reader, writer] = [["read:users"], ["update:users"]].map((scopes) => tenant.createManagementClient(scopes));
  if (reader === undefined || writer === undefined) throw new Error("The tenant makes no clients.");
  clients = { reader, writer };
});
afterAll(() => tenant.close());

type Send = (url: URL, init?: RequestInit) => Promise<Response>;

/** The services, and a parameter store beside them. */
const services: Send = async (url, init) => {
  if (url.origin !== ssm) return s3.fetch(url, init);
  const { Name } = JSON.parse(init?.body as string) as { Name: "reader" | "writer" };
  return Response.json({ Parameter: { Value: clients[Name].clientSecret } });
};

const xml = (status: number, code: string) => new Response(`<Error><Code>${code}</Code></Error>`, { status });
/** A piece of what is secret, which no log may show. */
const leaked = "eyJleaked";

const faults: Readonly<Record<string, () => Response>> = {
  "a 500": () => new Response("Internal Server Error", { status: 500 }),
  "a 503 of S3's": () => xml(503, "SlowDown"),
  "a 429": () => Response.json({}, { status: 429, headers: { "x-ratelimit-reset": String(Date.now() / 1000) } }),
  "a throttled call": () => Response.json({ __type: "ThrottlingException" }, { status: 400 }),
  "a connection that breaks": () => {
    throw new TypeError("fetch failed", { cause: new Error("read ECONNRESET") });
  },
  "no answer": () => {
    throw new DOMException("The operation was aborted due to timeout", "TimeoutError");
  },
  "a page": () => new Response("<!doctype html><title>Welcome</title>"),
  nothing: () => new Response(""),
  "another object": () => Response.json({}),
  null: () => Response.json(null),
  "half an object": () => new Response(`{"access_token":${leaked}","user_id":"auth0|lane`),
  "a list": () => Response.json([{ user_id: "auth0|other" }]),
  "an empty element": () => new Response("<?xml version='1.0'?><Result/>"),
  "a 404 of nobody's": () => new Response("", { status: 404 }),
  "a 412 of nobody's": () => new Response("", { status: 412 }),
  "a redirect": () => new Response(null, { status: 307, headers: { location: "https://evil.example.com/" } }),
  "a refusal": () => xml(403, "AccessDenied"),
};

interface Plan {
  /** Of the upload's calls: which one fails, and those to the same service that follow. */
  readonly from: number;
  readonly lasts: boolean;
  readonly fault: string;
  /** Whether what was asked for is done all the same. */
  readonly isDone: boolean;
}

/** @param onBegin is called when it begins to fail */
function failing({ from, lasts, fault, isDone }: Plan, onBegin: () => void): Send {
  let [calls, origin]: [number, string | undefined] = [0, undefined];
  return async (url, init) => {
    const number = calls++;
    if (number === from) {
      ({ origin } = url);
      onBegin();
    }
    if (number !== from && !(lasts && url.origin === origin)) return services(url, init);
    if (isDone) await services(url, init).then((response) => response.arrayBuffer());
    return faults[fault]?.() ?? Response.error();
  };
}

async function request(lane: number, picture: string, send: Send, remaining = () => 600_000) {
  let calls = 0;
  const fetch = ((url: string | URL, init?: RequestInit) => {
    calls += 1;
    expect(init).toMatchObject({ redirect: "manual" });
    return send(new URL(url), init);
  }) as typeof globalThis.fetch;
  const log: string[] = [];
  const { store, metadata } = worldOf(fetch, remaining);
  const answer = await handleRequest(
    {
      headers: {},
      body: picture,
      isBase64Encoded: false,
      requestContext: { http: { method: "PUT" }, authorizer: { jwt: { claims: { sub: userOf(lane) } } } },
    },
    {
      ...{ store, metadata, baseUrl, maxPictures: 50, writesBack: true },
      processPicture: async (bytes) => ({ webp: bytes, smallWebp: bytes, jpeg: bytes }),
      log: (line) => log.push(JSON.stringify(line)),
    },
  );
  return { status: answer.statusCode, body: answer.body, log: log.join("\n"), calls };
}

/** As a function has them that has just started: it knows no secret and no token. */
function worldOf(fetch: typeof globalThis.fetch, remaining: () => number) {
  const deadline = deadlineOf(remaining, 0);
  const access = { region, credentials: () => s3.uploader, deadline, fetch };
  const proofs = {
    readSecret: (name: string) => readParameter({ ...access, endpoint: ssm }, name),
    sign: async () => Buffer.alloc(0),
  };
  const tokenOf = (name: "reader" | "writer") =>
    machineToken({ clientId: clients[name].clientId, secretParameter: name });
  const tokens = { reader: tokenOf("reader"), writer: tokenOf("writer") };
  return {
    store: s3ObjectStore({ ...access, bucket: bucketName, endpoint: s3.endpoint }),
    metadata: userMetadata({ domain: tenant.domain, ...tokens, proofs, deadline, fetch }),
  };
}

async function outcome(lane: number) {
  const userId = userOf(lane);
  const picture: unknown = (await management.users.get(userId)).user_metadata?.["picture"];
  const named = namedStem(userId, picture);
  const keys = Object.keys(s3.edge.controlPlane.getBucket(bucketName)?.objects ?? {}).filter((key) =>
    key.startsWith(userFolder(userId)),
  );
  const states = (wanted: boolean) => {
    const those = keys.filter((key) => (stemOf(key) === named) === wanted);
    return [...new Set(those.map((key) => s3.edge.controlPlane.headObject(bucketName, key)?.tags?.["state"]))];
  };
  return {
    picture,
    objects: keys.filter((key) => stemOf(key) === named).length,
    named: states(true),
    others: states(false),
  };
}

/** A call has five seconds, and these are not always enough where many other things run. */
async function onBusyMachine<Result>(run: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries += 1)
    try {
      return await run();
    } catch (error) {
      if (tries === 5 || !String(error).includes("TimeoutError")) throw error;
    }
}

/** An upload that meets no fault. */
const served = (lane: number, picture: string) =>
  onBusyMachine(async () => {
    const answer = await request(lane, picture, services);
    if (answer.status !== 200 && answer.log.includes("TimeoutError")) throw new Error(answer.log);
    return answer;
  });

/** What is wrong after an upload that met a fault; empty if nothing is. */
async function faultsOf(lane: number, plan: Plan): Promise<string[]> {
  const found: string[] = [];
  let end = Infinity;
  const before = await served(lane, "a");
  const { status, body, log } = await request(
    lane,
    "b",
    failing(plan, () => {
      if (plan.lasts) end = Date.now() + 1500;
    }),
    () => Math.min(600_000, Math.max(0, end - Date.now())),
  );
  const after = await outcome(lane);
  const { url, code } = JSON.parse(body) as { url?: string; code?: string };
  if (before.status !== 200) found.push(`before it: ${before.status} ${before.log}`);
  if (status !== 200 && !(status === 503 && code === "busy")) found.push(`answered ${status} ${body}`);
  if (status === 200 && url !== after.picture) found.push(`said ${String(url)}, and named is ${String(after.picture)}`);
  if (after.objects !== 3) found.push(`${after.objects} objects of the picture that is named`);
  if (after.named.includes("replaced")) found.push("what is named is replaced");
  if (status !== 200 && log === "") found.push("nothing is logged");
  const secrets = [clients.reader.clientSecret, clients.writer.clientSecret, leaked];
  for (const text of [userOf(lane), encodeURIComponent(userOf(lane)), ...secrets])
    if ((log + body).includes(text)) found.push(`tells ${text}: ${log}`);
  const next = await served(lane, "c");
  if (next.status !== 200) found.push(`after it: ${next.status} ${next.log}`);
  const { store, metadata } = worldOf(((url: string, init) => services(new URL(url), init)) as typeof fetch, () => 1e6);
  const later = Date.now() + longestUpload + 2000;
  await onBusyMachine(() => settleFolder(store, userOf(lane), () => metadata.readPictures(userOf(lane)), later));
  const settled = await outcome(lane);
  if (settled.named.join() !== "set" || settled.others.join() !== "replaced")
    found.push(`is settled as ${settled.named.join()} and ${settled.others.join()}`);
  return found.map((fault) => `${JSON.stringify(plan)}: ${fault}`);
}

describe("an upload whose services fail", () => {
  it("is answered, and leaves what is named there, whichever call fails in whichever way", async () => {
    const { calls } = await request(0, "a", services).then(() => request(0, "b", services));
    const plans = Array.from({ length: calls }, (_, from) => from).flatMap((from) =>
      [false, true].flatMap((lasts) =>
        [false, true].flatMap((isDone) => Object.keys(faults).map((fault) => ({ from, lasts, fault, isDone }))),
      ),
    );
    const inLanes = Array.from({ length: lanes }, async (_, lane) => {
      const found: string[] = [];
      for (const plan of plans.filter((__, index) => index % lanes === lane))
        found.push(...(await faultsOf(lane, plan)));
      return found;
    });

    expect((await Promise.all(inLanes)).flat()).toEqual([]);
    // The secrets and tokens are asked for too.
    expect(calls).toBeGreaterThan(15);
  });
});
