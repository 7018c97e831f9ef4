// The tenant's RS256 key, which is kept in a file of its own: it signs tokens and verifies them.
import { createPrivateKey } from "node:crypto";
import { join } from "node:path";
import { SignJWT, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, jwtVerify } from "jose";
import type { JSONWebKeySet, JWK, JWTPayload } from "jose";
import { readIfPresent, writePrivateFile } from "../private-file.ts";
import { openSigningCertificate } from "./signing-certificate.ts";

export interface SigningKey {
  /** The public key, as `/.well-known/jwks.json` returns it. */
  readonly jwks: JSONWebKeySet;
  /** What signs responses of SAML, as PEM: the same key, and its certificate. */
  readonly forSaml: { readonly key: string; readonly cert: string };
  sign(claims: JWTPayload, lifetimeSeconds: number, type?: "at+jwt"): Promise<string>;
  /** @throws if the signature, the issuer, the audience or the time is wrong */
  verify(token: string, expected: { issuer: string; audience: string }): Promise<JWTPayload>;
}

/** @param folder has `signing-key.json`, a JWK of mode 0600, and its certificate, which are created if missing */
export async function openSigningKey(folder: string): Promise<SigningKey> {
  const file = join(folder, "signing-key.json");
  const stored = readIfPresent(file);
  const jwk = stored === undefined ? await makeKey() : (JSON.parse(stored) as JWK);
  if (stored === undefined) writePrivateFile(file, JSON.stringify(jwk));
  const { kty, n, e } = jwk;
  if (kty !== "RSA" || n === undefined || e === undefined) throw new Error(`${file} holds no RSA key`);
  const kid = await calculateJwkThumbprint(jwk);
  const publicJwk = { kty, n, e, kid, alg: "RS256", use: "sig" };
  const [joseKey, publicKey] = await Promise.all([importJWK(jwk, "RS256"), importJWK(publicJwk, "RS256")]);
  const keyObject = createPrivateKey({ key: jwk, format: "jwk" });
  return {
    jwks: { keys: [publicJwk] },
    forSaml: {
      key: keyObject.export({ type: "pkcs8", format: "pem" }).toString(),
      cert: await openSigningCertificate(folder, keyObject),
    },
    sign: (claims, lifetimeSeconds, type) => {
      const now = Math.floor(Date.now() / 1000); // Once, or the second may end in between.
      return new SignJWT(claims)
        .setProtectedHeader({ alg: "RS256", typ: type ?? "JWT", kid })
        .setIssuedAt(now)
        .setExpirationTime(now + lifetimeSeconds)
        .sign(joseKey);
    },
    verify: async (token, expected) =>
      (await jwtVerify(token, publicKey, { ...expected, algorithms: ["RS256"] })).payload,
  };
}

async function makeKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  return exportJWK(privateKey);
}
