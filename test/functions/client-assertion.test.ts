// A client that proves itself by a key in KMS, which the function cannot read: what it asks KMS and Auth0.
import { createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { decodeJwt, jwtVerify } from "jose";
import { beforeEach, describe, expect, it } from "vitest";
import { deadlineOf } from "../../functions/services/deadline.ts";
import { readEnvironment } from "../../functions/picture-upload/function-environment.ts";
import { signWithKey } from "../../functions/services/key-signature.ts";
import { machineToken } from "../../functions/services/machine-token.ts";
import { userMetadata } from "../../functions/services/user-metadata.ts";

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const keyArn = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-4000-8000-000000000000";
const domain = "example.eu.auth0.com";

interface KmsInput {
  readonly KeyId: string;
  readonly Message: string;
  readonly MessageType: string;
  readonly SigningAlgorithm: string;
}

let signings: (KmsInput & { readonly target: string | null; readonly authorization: string | null })[];
let assertions: string[];
let kmsAnswers: Response[];
let auth0Answers: Response[];
beforeEach(() => {
  [signings, assertions, kmsAnswers, auth0Answers] = [[], [], [], []];
});

/** KMS and Auth0, and nothing else. */
const send = (async (url: string | URL, init: RequestInit = {}) => {
  const { host, pathname } = new URL(url);
  const headers = new Headers(init.headers);
  if (host === "kms.eu-west-1.amazonaws.com") {
    const input = JSON.parse(init.body as string) as KmsInput;
    signings.push({ ...input, target: headers.get("x-amz-target"), authorization: headers.get("authorization") });
    const bytes = Buffer.from(input.Message, "base64");
    const Signature = sign("sha256", bytes, privateKey).toString("base64");
    return kmsAnswers.shift() ?? Response.json({ KeyId: keyArn, Signature, SigningAlgorithm: input.SigningAlgorithm });
  }
  if (pathname === "/oauth/token") {
    const body = JSON.parse(init.body as string) as Record<string, string>;
    expect(Object.keys(body).toSorted()).toEqual([
      ...["audience", "client_assertion", "client_assertion_type", "client_id", "grant_type"],
    ]);
    expect(body["client_assertion_type"]).toBe("urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    assertions.push(body["client_assertion"] ?? "");
    return auth0Answers.shift() ?? Response.json({ access_token: "token", expires_in: 60 });
  }
  expect(headers.get("authorization")).toBe("Bearer token");
  return Response.json({ user_id: "auth0|ada", user_metadata: { picture: "https://example.com/a.png" } });
}) as typeof fetch;

function metadata() {
  const deadline = deadlineOf(() => 60_000);
  const credentials = () => ({ accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" });
  const kms = { region: "eu-west-1", credentials, deadline, fetch: send };
  return userMetadata({
    domain,
    reader: machineToken({ clientId: "reader", signingKey: keyArn }),
    writer: undefined,
    proofs: {
      readSecret: () => Promise.reject(new Error("There is no secret.")),
      sign: (key, text) => signWithKey(kms, key, text),
    },
    deadline,
    fetch: send,
  });
}

describe("a client with a key in KMS", () => {
  it("signs what Auth0 asks for, and nothing that can be used twice or for long", async () => {
    expect(await metadata().readPicture("auth0|ada")).toBe("https://example.com/a.png");

    expect(signings).toMatchObject([
      {
        target: "TrentService.Sign",
        KeyId: keyArn,
        MessageType: "RAW",
        SigningAlgorithm: "RSASSA_PKCS1_V1_5_SHA_256",
        authorization: expect.stringMatching(/\/eu-west-1\/kms\/aws4_request/) as string,
      },
    ]);
    const key = createPublicKey(publicKey.export({ type: "spki", format: "pem" }));
    const { payload, protectedHeader } = await jwtVerify(assertions[0] ?? "", key, {
      algorithms: ["RS256"],
      issuer: "reader",
      subject: "reader",
      // With its slash, as Auth0 demands.
      audience: "https://example.eu.auth0.com/",
      requiredClaims: ["exp", "jti"],
    });
    expect(protectedHeader).toEqual({ alg: "RS256", typ: "JWT" });
    const { exp = 0, iat = 0, jti } = payload;
    expect(exp - iat).toBeLessThanOrEqual(300);
    expect(jti).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("signs anew for each request, because Auth0 takes none twice", async () => {
    auth0Answers.push(new Response("{}", { status: 503 }));
    await metadata().readPicture("auth0|ada");

    expect(new Set(assertions.map((assertion) => decodeJwt(assertion).jti)).size).toBe(2);
    expect(signings).toHaveLength(2);
  });

  it("asks KMS again where that was asked too often, and says of the rest which call it was", async () => {
    kmsAnswers.push(Response.json({ __type: "ThrottlingException" }, { status: 400 }));
    expect(await metadata().readPicture("auth0|ada")).toBe("https://example.com/a.png");
    kmsAnswers.push(Response.json({ __type: "com.amazonaws.kms#DisabledException" }, { status: 400 }));

    const failed = metadata().readPicture("auth0|ada");
    await expect(failed).rejects.toThrow(/TrentService\.Sign.*400.*DisabledException/);
  });

  it("gets no token where Auth0 does not know the key, and says nothing of the answer", async () => {
    auth0Answers.push(Response.json({ error: "invalid_client" }, { status: 401 }));
    await expect(metadata().readPicture("auth0|ada")).rejects.toThrow("gives client reader no token: 401");
    auth0Answers.push(new Response('{"access_token":"eyJhbGciOi'));
    await expect(metadata().readPicture("auth0|ada")).rejects.toThrow(/^(?!.*eyJ)/);
  });

  it("is told to the function instead of a secret", () => {
    const variables = {
      PICTURE_BUCKET: "pictures",
      PICTURE_BASE_URL: "https://pictures.example.com/",
      AUTH0_DOMAIN: domain,
      READER_CLIENT_ID: "reader",
      READER_SIGNING_KEY: keyArn,
      WRITER_CLIENT_ID: "writer",
      WRITER_SECRET_PARAMETER: "/writer",
      AWS_REGION: "eu-west-1",
    };

    const { reader, writer } = readEnvironment(variables);
    expect(reader).toEqual({ clientId: "reader", signingKey: keyArn });
    expect(writer).toEqual({ clientId: "writer", secretParameter: "/writer" });
    const both = { ...variables, READER_SECRET_PARAMETER: "/reader" };
    expect(() => readEnvironment(both)).toThrow("Only one of READER_SECRET_PARAMETER and READER_SIGNING_KEY");
  });
});
