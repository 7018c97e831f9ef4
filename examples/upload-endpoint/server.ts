// An application's upload endpoint. A user's browser sends a picture with the user's access token. The endpoint checks
// and stores the picture, and the user's next login shows it.
//
//   PUT /picture
//   Authorization: Bearer <the user's access token>
//   body: the picture's bytes                         →  200 { "picture": "https://…" }
//
// Settings are environment variables:
//   AUTH0_DOMAIN
//   AUTH0_AUDIENCE                         the identifier of this API in Auth0
//   AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET   of a machine-to-machine application with the scope update:users only
//   PICTURE_BUCKET, PICTURE_BASE_URL       the stack's outputs bucketName and pictureBaseUrl
//   PORT
//   ALLOWED_ORIGINS                        of pages elsewhere that may call it: https://app.example.com,https://…
//   REQUEST_TIMEOUT_MS                     in which a whole request must have arrived (30000)
// and those of the AWS SDK, for a role that has the stack's output uploaderPolicyJson as its policy.
//
// A service must do more (docs/upload-endpoint.md): limit how often a user uploads, erase pictures that were replaced,
// and all of a user's once the user is gone, and speak TLS.
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { ManagementClient } from "auth0";
import {
  cacheTag,
  pictureCacheControl,
  PictureError,
  pictureKey,
  pictureLimits,
  readPicture,
} from "auth0-user-pictures/picture";
import fastify, { type FastifyError } from "fastify";
import { createRemoteJWKSet, errors, jwtVerify } from "jose";

const setting = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`The environment variable ${name} is not set.`);
  return value;
};
const domain = setting("AUTH0_DOMAIN");
const issuer = `https://${domain}/`;
const audience = setting("AUTH0_AUDIENCE");
const keys = createRemoteJWKSet(new URL(".well-known/jwks.json", issuer));
const credentials = { clientId: setting("AUTH0_CLIENT_ID"), clientSecret: setting("AUTH0_CLIENT_SECRET") };
const { users } = new ManagementClient({ domain, ...credentials });
const s3 = new S3Client();
const bucket = setting("PICTURE_BUCKET");
const baseUrl = setting("PICTURE_BASE_URL");
// A variable that is set to nothing is not set: 0 would mean to wait without end.
const timeout = Number(process.env["REQUEST_TIMEOUT_MS"] || 30_000);
if (!Number.isSafeInteger(timeout) || timeout <= 0)
  throw new Error("REQUEST_TIMEOUT_MS is no whole number of milliseconds, such as 30000.");
const allowedOrigins = process.env["ALLOWED_ORIGINS"] ?? "";
const origins = allowedOrigins.split(",").flatMap((origin) => origin.trim() || []);
for (const origin of origins) {
  // As browsers and applications around a web page write it: https://app.example.com, capacitor://localhost.
  const url = URL.parse(origin);
  const example = url?.host ? `${url.protocol}//${url.host}` : "https://app.example.com";
  if (origin !== example) throw new Error(`ALLOWED_ORIGINS: ${origin} is no origin, such as ${example}.`);
}

class UnauthorizedError extends Error {}

/** The token's user. It must not come from another part of the request, else a user could set other users' pictures. */
async function userOf(authorization: string | undefined): Promise<string> {
  const token = /^Bearer (\S+)$/i.exec(authorization ?? "")?.[1];
  if (token === undefined) throw new UnauthorizedError("An access token is needed: Authorization: Bearer …");
  try {
    const required = { issuer, audience, algorithms: ["RS256"], requiredClaims: ["exp"] };
    const { sub, gty } = (await jwtVerify<Record<"sub" | "gty", unknown>>(token, keys, required)).payload;
    // The token of an application (grant type client-credentials) has no user: its sub is <client id>@clients.
    if (typeof sub !== "string" || !sub.trim() || sub.endsWith("@clients") || gty === "client-credentials")
      throw new UnauthorizedError("The access token is not a user's.");
    return sub;
  } catch (error) {
    // Auth0's keys could not be had: that is not the caller's fault.
    const isOurs =
      error instanceof errors.JOSEError && /^ERR_(?:JOSE_GENERIC|JWKS_INVALID|JWKS_TIMEOUT)$/.test(error.code);
    if (error instanceof errors.JOSEError && !isOurs)
      throw new UnauthorizedError("The access token is not valid here.");
    throw error;
  }
}

const app = fastify({
  bodyLimit: pictureLimits.maxBytes,
  logger: { level: "error" },
  // For headers and body together: who sends slowly, or nothing, holds a connection no longer. Node has to know it from
  // the start, because a longer limit for the headers, its own 60 s, would let it forget the body.
  requestTimeout: timeout,
  http: { requestTimeout: timeout, connectionsCheckingInterval: 1000 },
});

// The picture's bytes decide on its type, not the content type of the request.
app.removeAllContentTypeParsers();
app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));

app.decorateRequest("userId", "");
declare module "fastify" {
  interface FastifyRequest {
    userId: string;
  }
}
// To pages elsewhere. The token is no cookie, so no credentials are allowed.
const corsHeaders = {
  "access-control-allow-methods": "PUT",
  "access-control-allow-headers": "authorization, content-type",
  "access-control-max-age": "7200",
};
// Before the body is read, so that only an authorized caller can send one.
app.addHook("onRequest", async (request, reply) => {
  const { origin = "" } = request.headers;
  reply.header("vary", "Origin");
  if (origins.includes(origin)) reply.headers({ "access-control-allow-origin": origin, ...corsHeaders });
  // A browser asks whether it may call, without the token.
  if (request.method === "OPTIONS") return reply.code(204).send();
  request.userId = await userOf(request.headers.authorization);
});

app.put("/picture", async ({ userId, body }) => {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
  const { type } = readPicture(bytes);
  const key = pictureKey(userId, bytes, type);
  // The picture is stored first: if the second step fails, there is an unused picture, and no URL without a picture.
  await s3.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: key,
      Body: bytes,
      ContentType: type,
      CacheControl: pictureCacheControl,
      Metadata: { "cache-tag": cacheTag(userId) },
    }),
  );
  const picture = `${baseUrl}${key}`;
  await users.update(userId, { user_metadata: { picture } });
  return { picture };
});

app.setErrorHandler<FastifyError>((error, request, reply) => {
  if (error instanceof UnauthorizedError)
    return reply.code(401).header("www-authenticate", "Bearer").send({ error: error.message });
  if (error instanceof PictureError) return reply.code(422).send({ error: error.message });
  // What Fastify refuses, and a caller who went away or was too slow: nothing is wrong here.
  const isCallers = /^FST_ERR_CTP_/.test(error.code) || error === request.raw.errored;
  if (!isCallers) request.log.error(error);
  const status = isCallers ? (error.statusCode ?? 400) : 500;
  const tooLarge = `The picture has more than ${pictureLimits.maxBytes} bytes.`;
  const message = status === 413 ? tooLarge : isCallers ? error.message : "The picture could not be stored.";
  return reply.code(status).send({ error: message });
});

process.stdout.write(`${await app.listen({ port: Number(setting("PORT")) })}\n`);
