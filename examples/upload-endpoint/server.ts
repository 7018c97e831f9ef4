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
// and those of the AWS SDK, for a role that has the stack's output uploaderPolicyJson as its policy.
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
import fastify from "fastify";
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

class UnauthorizedError extends Error {}

/** The token's user. It must not come from another part of the request, else a user could set other users' pictures. */
async function userOf(authorization: string | undefined): Promise<string> {
  const token = /^Bearer (\S+)$/i.exec(authorization ?? "")?.[1];
  if (token === undefined) throw new UnauthorizedError("An access token is needed: Authorization: Bearer …");
  try {
    const { payload } = await jwtVerify(token, keys, { issuer, audience, algorithms: ["RS256"] });
    // The token of an application (grant type client-credentials) has no user.
    if (payload.sub === undefined || payload["gty"] === "client-credentials")
      throw new UnauthorizedError("The access token is not a user's.");
    return payload.sub;
  } catch (error) {
    if (error instanceof errors.JOSEError) throw new UnauthorizedError("The access token is not valid here.");
    throw error;
  }
}

const app = fastify({ bodyLimit: pictureLimits.maxBytes, logger: { level: "error" } });

// The picture's bytes decide on its type, not the content type of the request.
app.removeAllContentTypeParsers();
app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));

app.decorateRequest("userId", "");
declare module "fastify" {
  interface FastifyRequest {
    userId: string;
  }
}
// Before the body is read, so that only an authorized caller can send one.
app.addHook("onRequest", async (request) => {
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

app.setErrorHandler((error, request, reply) => {
  if (error instanceof UnauthorizedError)
    return reply.code(401).header("www-authenticate", "Bearer").send({ error: error.message });
  if (error instanceof PictureError) return reply.code(422).send({ error: error.message });
  const status = error instanceof Error && "statusCode" in error && error.statusCode === 413 ? 413 : 500;
  if (status === 500) request.log.error(error);
  const tooLarge = `The picture has more than ${pictureLimits.maxBytes} bytes.`;
  return reply.code(status).send({ error: status === 413 ? tooLarge : "The picture could not be stored." });
});

process.stdout.write(`${await app.listen({ port: Number(setting("PORT")) })}\n`);
