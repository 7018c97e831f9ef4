// HTTP APIs over real HTTPS, as API Gateway answers: authorizer, routes, limits, cross-origin requests, events, logs.
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { connect as connectTls } from "node:tls";
import type { TLSSocket } from "node:tls";
import { beforeAll, describe, expect, it } from "vitest";
import type { LambdaFunction } from "../../../sandbox/edge/function-state.ts";
import { apiDomain } from "../../../sandbox/edge/http-api-operations.ts";
import { logGroupArn } from "../../../sandbox/edge/log-groups.ts";
import {
  audience,
  bearer,
  createApi,
  createFunction,
  issuer,
  issuerKeys,
  linesOf,
  region,
  rsa,
  runAws,
  scope,
  token,
} from "./running-aws.ts";
import type { MadeApi } from "./running-aws.ts";

const running = runAws({ requestTimeout: 1000 });
const foreign = generateKeyPairSync("rsa", { modulusLength: 2048 });

/** It does as the request's query says, and else returns its event. */
const code = `
  const waiting = (ms) => new Promise((done) => setTimeout(done, ms));
  export const handler = async (event) => {
    const { how } = event.queryStringParameters ?? {};
    if (how === "throw") throw new Error("inside");
    if (how === "slow") await waiting(700);
    if (how === "text") return "plain";
    if (how === "odd") return { statusCode: "none" };
    if (how === "binary") return { statusCode: 201, isBase64Encoded: true, body: Buffer.from([0, 255]).toString("base64"),
      cookies: ["a=1", "b=2"], headers: { "X-Own": "yes", "access-control-allow-origin": "https://elsewhere.example" } };
    return { statusCode: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(event) };
  };`;

let made: MadeApi;
let echo: LambdaFunction;
beforeAll(() => {
  echo = createFunction(running, "echo", code);
  made = createApi(running, echo, {
    cors: {
      ...{ allowOrigins: ["https://app.example"], allowMethods: ["PUT"], allowHeaders: ["authorization"] },
      ...{ maxAge: 600, exposeHeaders: ["x-own"] },
    },
  });
});

const send = (path: string, init: Parameters<typeof running.aws.fetch>[1] = {}, { url } = made) =>
  running.aws.fetch(url + path, init);
const put = (authorization: string | undefined, path = "/picture") =>
  send(path, { method: "PUT", ...(authorization !== undefined && { headers: { authorization } }) });
const eventOf = async (answer: Promise<Response>) => (await (await answer).json()) as Record<string, unknown>;

describe("the authorizer", () => {
  it.each([
    ["a token with the scope", () => token()],
    ["one of several scopes", () => token({ scope: `openid ${scope}` })],
    ["scopes in scp, as a list", () => token({ scope: undefined, scp: ["a", scope] })],
    ["one of several audiences", () => token({ aud: [`${issuer}userinfo`, audience] })],
    ["client_id, without an audience", () => token({ aud: undefined, client_id: audience })],
    [
      "a machine's token, which is for the function to refuse",
      () => token({ sub: "a@clients", gty: "client-credentials" }),
    ],
  ])("takes %s", async (_, make) => {
    expect((await put(`Bearer ${make()}`)).status).toBe(200);
  });

  it("takes a token without Bearer before it", async () => {
    expect((await put(token())).status).toBe(200);
  });

  it.each([
    ["no token", undefined, undefined],
    ["what is no token", () => "Bearer abc", "the token is malformed"],
    ["no signature", () => token({}, { alg: "none" }), "signing method is invalid"],
    ["a shared secret", () => token({}, { alg: "HS256" }), "signing method is invalid"],
    ["an elliptic curve", () => token({}, { alg: "ES256", kid: "curve" }), "signing method is invalid"],
    ["another key", () => token({}, { key: foreign.privateKey }), "the signature is invalid"],
    ["an unknown key", () => token({}, { kid: "other" }), "unable to find a signing key that matches the kid"],
    ["no key's name", () => token({}, { kid: null }), "unable to find a signing key that matches the kid"],
    [
      "a key that is no RSA key",
      () => token({}, { kid: "curve" }),
      "unable to find a signing key that matches the kid",
    ],
    ["an issuer without its slash", () => token({ iss: issuer.slice(0, -1) }), "the token has an invalid issuer"],
    ["another audience", () => token({ aud: "urn:other" }), "the token does not have a valid audience"],
    [
      "an audience beside client_id",
      () => token({ aud: "a", client_id: audience }),
      "the token does not have a valid audience",
    ],
    ["a token that has ended", () => token({ exp: 1 }), "the token has expired"],
    ["no end", () => token({ exp: undefined }), "the token has expired"],
    ["a token that has not begun", () => token({ nbf: 9e9 }), "the token is not valid yet"],
    ["a token of tomorrow", () => token({ iat: 9e9, exp: 9e9 + 1 }), "the token was issued in the future"],
  ])("answers 401 to %s", async (_, make, reason) => {
    const answer = await put(make?.());

    expect(answer.status).toBe(401);
    expect(await answer.json()).toEqual({ message: "Unauthorized" });
    expect(answer.headers.get("www-authenticate")).toBe(
      reason === undefined ? "Bearer" : `Bearer scope="" error="invalid_token" error_description="${reason}"`,
    );
  });

  it.each([
    ["another scope", () => token({ scope: "openid profile" })],
    ["no scope, as an ID token has none", () => token({ scope: undefined })],
    ["a scope that only begins so", () => token({ scope: `${scope}s` })],
  ])("answers 403 to %s", async (_, make) => {
    const answer = await put(`Bearer ${make()}`);

    expect(answer.status).toBe(403);
    expect(await answer.json()).toEqual({ message: "Forbidden" });
    expect(answer.headers.get("www-authenticate")).toContain(`scope="${scope}" error="insufficient_scope"`);
  });

  it("takes any token of the issuer on a route without scopes, an ID token too", async () => {
    const open = createApi(running, echo, { scopes: [] });
    const answer = await eventOf(
      send("/picture", { method: "PUT", headers: bearer(token({ scope: undefined })) }, open),
    );

    expect(answer["requestContext"]).toMatchObject({ authorizer: { jwt: { scopes: null } } });
  });

  it("keeps the issuer's keys, and asks again for one that it does not know", async () => {
    await put(`Bearer ${token()}`);
    const before = running.keyRequests();
    await put(`Bearer ${token()}`);
    expect(running.keyRequests()).toBe(before);

    issuerKeys["second"] = rsa.publicKey;
    expect((await put(`Bearer ${token({}, { kid: "second" })}`)).status).toBe(200);
    expect(running.keyRequests()).toBe(before + 1);
  });

  it("gives the function the claims, each as a text", async () => {
    const claims = { roles: ["a", "b"], level: 3, verified: true };
    const { requestContext } = await eventOf(put(`Bearer ${token(claims)}`));

    expect(requestContext).toMatchObject({
      authorizer: {
        jwt: { claims: { sub: "auth0|ada", roles: "[a b]", level: "3", verified: "true" }, scopes: [scope] },
      },
    });
  });
});

describe("an event", () => {
  it("has the request in format 2.0", async () => {
    const event = await eventOf(
      send("/open/a%20b?x=1&x=2&y=%26", {
        method: "POST",
        headers: [
          ["X-Twice", "1"],
          ["x-twice", "2"],
          ["Cookie", "a=1; b=2"],
          ["Content-Type", "application/json; charset=utf-8"],
        ],
        body: '{"a":1}',
      }),
    );

    expect(event).toMatchObject({
      ...{ version: "2.0", routeKey: "ANY /open/{what}", rawPath: "/open/a b", rawQueryString: "x=1&x=2&y=%26" },
      ...{ cookies: ["a=1", "b=2"], queryStringParameters: { x: "1,2", y: "&" }, pathParameters: { what: "a b" } },
      ...{ body: '{"a":1}', isBase64Encoded: false },
      headers: { host: apiDomain(made.api), "x-forwarded-proto": "https", "x-forwarded-port": "443" },
      requestContext: {
        ...{ accountId: "123456789012", apiId: made.api.id, stage: "$default", domainPrefix: made.api.id },
        http: { method: "POST", path: "/open/a b", protocol: "HTTP/1.1", sourceIp: "127.0.0.1" },
      },
    });
    expect((event["headers"] as Record<string, string>)["x-twice"]?.replace(" ", "")).toBe("1,2");
    expect(event["headers"]).not.toHaveProperty("cookie");
    expect(event["requestContext"]).not.toHaveProperty("authorizer");
  });

  it.each([
    ["image/webp", true],
    ["multipart/form-data; boundary=a", true],
    ["application/octet-stream", true],
    ["text/plain", false],
    ["application/json", false],
    ["application/problem+json", false],
    ["application/xml", false],
    ["application/javascript", false],
  ])("has a body of %s in base64: %s", async (type, isBase64Encoded) => {
    const event = await eventOf(send("/open/a", { method: "PUT", headers: { "content-type": type }, body: "é" }));

    expect(event).toMatchObject({ isBase64Encoded, body: isBase64Encoded ? "w6k=" : "é" });
  });

  it("has no body where there is none", async () => {
    expect(await eventOf(send("/open/a"))).not.toHaveProperty("body");
  });
});

describe("an answer", () => {
  it("is what the function returned", async () => {
    const answer = await send("/open/a?how=binary");

    expect(answer.status).toBe(201);
    expect([...Buffer.from(await answer.arrayBuffer())]).toEqual([0, 255]);
    expect(answer.headers.get("x-own")).toBe("yes");
    expect(answer.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(answer.headers.get("apigw-requestid")).toBeTruthy();
  });

  it("is a 200 with what has no status", async () => {
    const answer = await send("/open/a?how=text");

    expect([answer.status, await answer.text(), answer.headers.get("content-type")]).toEqual([
      200,
      "plain",
      "application/json",
    ]);
  });

  it.each([
    ["an error of the function", "/open/a?how=throw", 500, "Internal Server Error"],
    ["what is no answer", "/open/a?how=odd", 500, "Internal Server Error"],
    ["a path without a route", "/none", 404, "Not Found"],
    ["a method without a route", "/picture", 404, "Not Found"],
    ["a path that cannot be decoded", "/open/%ff", 400, "Bad Request"],
  ])("says little of %s", async (_, path, status, message) => {
    const answer = await send(path);

    expect([answer.status, await answer.json()]).toEqual([status, { message }]);
  });

  it("is 503 where the integration's time is over, and the next request has its own", async () => {
    const { id } = made.api;
    const integration = running.controlPlane.httpIntegrations.get(id, made.integrationId);
    if (integration === undefined) throw new Error("There is no integration.");
    running.controlPlane.httpIntegrations.update(id, made.integrationId, { ...integration, timeout: 400 });
    const late = await send("/open/a?how=slow");
    running.controlPlane.httpIntegrations.update(id, made.integrationId, integration);

    expect([late.status, await late.json()]).toEqual([503, { message: "Service Unavailable" }]);
    expect((await send("/open/a?how=slow")).status).toBe(200);
  });

  it("is 500 where the function does not let the API invoke it", async () => {
    const other = createApi(running, createFunction(running, "closed", code));
    const permission = `api-${other.api.id}`;
    const allow = (sourceArn: string) => {
      running.controlPlane.removePermission("closed", permission);
      running.controlPlane.addPermission("closed", permission, {
        ...{ action: "lambda:InvokeFunction", principal: "apigateway.amazonaws.com", sourceArn },
      });
    };
    const arn = `arn:aws:execute-api:${region}:123456789012:${other.api.id}`;
    const attempt = () => send("/picture", { method: "PUT", headers: bearer() }, other);

    allow(`${arn}/*/PUT/other`);
    const refused = await attempt();
    expect([refused.status, await refused.json()]).toEqual([500, { message: "Internal Server Error" }]);
    allow(`${arn}/*/PUT/picture`);
    expect((await attempt()).status).toBe(200);
  });

  it("is 503 where the function is throttled", async () => {
    const busy = createApi(running, createFunction(running, "busy", code));
    running.controlPlane.putFunctionConcurrency("busy", 0);
    const answer = await send("/open/a", {}, busy);

    expect([answer.status, await answer.json()]).toEqual([503, { message: "Service Unavailable" }]);
  });

  it.each([
    ["more than Lambda takes", 4.8e6],
    ["more than an API takes", 10 * 1024 * 1024 + 1],
  ])("is 413 to %s", async (_, length) => {
    const headers = { ...bearer(), "content-type": "image/png" };
    const answer = await send("/picture", { method: "PUT", headers, body: Buffer.alloc(length) });

    expect([answer.status, await answer.json()]).toEqual([413, { message: "Request Entity Too Large" }]);
  });

  it("is 200 to the largest picture", async () => {
    const headers = { ...bearer(), "content-type": "image/png" };
    const body = Buffer.alloc(4.0e6);

    expect((await send("/open/a?how=text", { method: "PUT", headers, body })).status).toBe(200);
  });
});

describe("a stage", () => {
  it("takes as many requests at once as it bursts, and then as many as its rate", async () => {
    const { $default } = made.api.stages;
    const limited = createApi(running, echo, {
      ...$default,
      throttling: { burstLimit: 2, rateLimit: 0.001 },
    });
    const statuses: number[] = [];
    for (let count = 0; count < 3; count += 1) statuses.push((await send("/open/a?how=text", {}, limited)).status);
    const answer = await send("/open/a", {}, limited);

    expect(statuses).toEqual([200, 200, 429]);
    expect(await answer.json()).toEqual({ message: "Too Many Requests" });
    // Each route has its own.
    expect((await send("/picture", { method: "PUT", headers: bearer() }, limited)).status).toBe(200);
  });

  it("serves nothing that is not deployed to it", async () => {
    const undeployed = createApi(running, echo, { autoDeploy: false });

    expect((await send("/open/a", {}, undeployed)).status).toBe(404);
  });

  it("has a path of its own, but for $default", async () => {
    const staged = createApi(running, echo, { name: "v1" });

    expect(await eventOf(send("/v1/open/a", {}, staged))).toMatchObject({
      rawPath: "/v1/open/a",
      pathParameters: { what: "a" },
    });
    expect((await send("/open/a", {}, staged)).status).toBe(404);
  });

  it("logs requests in its format", async () => {
    running.controlPlane.createLogGroup({
      ...{ name: "access", retentionInDays: 1, logGroupClass: "STANDARD", deletionProtectionEnabled: false, tags: {} },
    });
    const format =
      "$context.requestId $context.httpMethod $context.routeKey $context.status $context.authorizer.claims.sub " +
      "$context.authorizer.error|$context.integrationErrorMessage $context.other";
    const logged = createApi(running, echo, {
      accessLog: { destinationArn: logGroupArn("access", region), format },
    });
    const answer = await send("/picture", { method: "PUT", headers: bearer() }, logged);
    await send("/picture", { method: "PUT" }, logged);
    await send("/open/a?how=throw", {}, logged);

    await expect.poll(() => linesOf(running, "access")).toHaveLength(3);
    const [first, second, third] = linesOf(running, "access");
    expect(first).toBe(`${answer.headers.get("apigw-requestid")} PUT PUT /picture 200 auth0|ada -|- -`);
    expect(second).toMatch(/^\S+ PUT PUT \/picture 401 - no token\|- -$/);
    expect(third).toMatch(/^\S+ GET ANY \/open\/\{what\} 500 - -\|.*following error: inside.* -$/);
  });
});

describe("a cross-origin request", () => {
  const origin = "https://app.example";
  const preflight = (from: string, path = "/picture") =>
    send(path, { method: "OPTIONS", headers: { origin: from, "access-control-request-method": "PUT" } });

  it("is asked for without a token, and without the function", async () => {
    const answer = await preflight(origin);

    expect(answer.status).toBe(204);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "access-control-allow-origin": origin,
      "access-control-allow-methods": "PUT",
      "access-control-allow-headers": "authorization",
      "access-control-max-age": "600",
    });
  });

  it.each(["https://other.example", "http://app.example", "https://app.example.org", "null"])(
    "is not allowed for %s",
    async (from) => {
      const headers = [
        (await preflight(from)).headers,
        (await send("/open/a?how=binary", { headers: { origin: from } })).headers,
      ];

      expect(headers.map((one) => one.get("access-control-allow-origin"))).toEqual([null, null]);
    },
  );

  it.each([
    ["an answer, in place of the function's own", "/open/a?how=binary", 201],
    ["a refusal", "/none", 404],
    ["an error", "/open/a?how=throw", 500],
  ])("sees %s", async (_, path, status) => {
    const answer = await send(path, { headers: { origin } });

    expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([status, origin]);
    expect(answer.headers.get("access-control-expose-headers")).toBe("x-own");
  });

  it("sees why a token was refused", async () => {
    const answer = await send("/picture", { method: "PUT", headers: { origin } });

    expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([401, origin]);
  });

  it("is the function's own matter where the API is told nothing of it", async () => {
    const silent = createApi(running, echo);
    const answer = await send("/open/a?how=binary", { headers: { origin } }, silent);

    expect(answer.headers.get("access-control-allow-origin")).toBe("https://elsewhere.example");
    expect((await send("/picture", { method: "OPTIONS", headers: { origin } }, silent)).status).toBe(404);
  });
});

describe("the listener", () => {
  const open = async (): Promise<TLSSocket> => {
    const servername = apiDomain(made.api);
    const socket = connectTls({ host: "127.0.0.1", port: running.aws.port, servername, ca: running.certificate.ca });
    socket.on("error", () => undefined);
    await once(socket, "secureConnect");
    return socket;
  };
  const answerOf = async (socket: TLSSocket) => Buffer.concat((await socket.toArray()) as Buffer[]).toString();
  const head = () => `PUT /picture HTTP/1.1\r\nhost: ${apiDomain(made.api)}\r\nauthorization: Bearer ${token()}\r\n`;

  it("has no other name", async () => {
    await expect(running.aws.fetch("https://example.org/")).rejects.toThrow("fetch failed");
    await expect(running.aws.fetch(`http://${apiDomain(made.api)}/open/a`)).rejects.toThrow("fetch failed");
    const socket = await open();
    socket.write("GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    expect(await answerOf(socket)).toContain("403 Forbidden");
  });

  it("has an API no more once its endpoint is disabled", async () => {
    const { api, url } = createApi(running, echo);
    running.controlPlane.updateHttpApi(api.id, { name: "disabled", disableExecuteApiEndpoint: true, tags: {} });

    expect((await running.aws.fetch(`${url}/open/a`)).status).toBe(404);
  });

  it("refuses what is no HTTP, and serves the next request", async () => {
    const socket = await open();
    socket.write("NONSENSE\r\n\r\n");

    expect(await answerOf(socket)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n[^]*\{"message":"Bad Request"\}$/);
    expect((await send("/open/a")).status).toBe(200);
  });

  // Without the option it ends after 30 seconds.
  it("ends a request that takes too long to arrive", { timeout: 25_000 }, async () => {
    const socket = await open();
    socket.write(`${head()}content-length: 100\r\n\r\nslow`);

    expect(await answerOf(socket)).toMatch(/408 Request Timeout/);
    expect((await send("/open/a")).status).toBe(200);
  });

  it("invokes nothing for who goes before the body is there", async () => {
    const socket = await open();
    const before = linesOf(running, "echo").length;
    socket.write(`${head()}content-length: 100\r\n\r\nhalf`);
    socket.destroy();
    await send("/open/a?how=text");

    await expect.poll(() => linesOf(running, "echo").length).toBe(before + 2);
  });

  it("answers before the rest of a body that nobody wants has arrived", async () => {
    const socket = await open();
    socket.write(`PUT /picture HTTP/1.1\r\nhost: ${apiDomain(made.api)}\r\ncontent-length: 99999999\r\n\r\nbegin`);

    expect(await answerOf(socket)).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n[^]*connection: close/i);
  });
});
