// KMS's keys that sign. Their private half is in the edge's state, and no operation shows it.
import { constants, createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { fail } from "./aws-error.ts";
import type { Store } from "./edge-state.ts";
import { accountId } from "./identity.ts";
import type { SigningKeyPair } from "./message-state.ts";

export type KeyDescription = Pick<SigningKeyPair, "region" | "spec" | "description" | "tags">;

/** By KMS's names of them. */
const algorithms: Readonly<Record<string, { readonly digest: string; readonly padding: number }>> = Object.fromEntries(
  [256, 384, 512].flatMap((bits) => [
    [`RSASSA_PKCS1_V1_5_SHA_${bits}`, { digest: `sha${bits}`, padding: constants.RSA_PKCS1_PADDING }],
    [`RSASSA_PSS_SHA_${bits}`, { digest: `sha${bits}`, padding: constants.RSA_PKCS1_PSS_PADDING }],
  ]),
);
export const signingAlgorithms = Object.keys(algorithms);

/** The operations are named as in the KMS API reference, and throw the `AwsError`s that are named there. */
export function keyPairOperations(store: Store) {
  const { signingKeys } = store.state;
  const find = (idOrArn: string): SigningKeyPair | undefined => signingKeys[idOrArn.split(":key/").at(-1) ?? ""];
  const put = (key: SigningKeyPair): SigningKeyPair => {
    signingKeys[key.keyId] = key;
    store.save();
    return key;
  };
  const existing = (idOrArn: string): SigningKeyPair =>
    find(idOrArn) ?? fail("NotFoundException", `Key '${idOrArn}' does not exist`);
  const usable = (idOrArn: string): SigningKeyPair => {
    const key = existing(idOrArn);
    if (key.state === "Disabled") fail("DisabledException", `${keyArn(key)} is disabled.`);
    if (key.state !== "Enabled") fail("KMSInvalidStateException", `${keyArn(key)} is pending deletion.`);
    return key;
  };
  return {
    createKeyPair(description: KeyDescription): SigningKeyPair {
      const modulusLength = Number(description.spec.replace("RSA_", ""));
      const { privateKey } = generateKeyPairSync("rsa", { modulusLength });
      const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
      return put({ ...description, keyId: randomUUID(), state: "Enabled", privateKey: pem });
    },
    describeKeyPair: find,
    updateKeyPair(keyId: string, change: Partial<Pick<SigningKeyPair, "description" | "state" | "tags">>) {
      return put({ ...existing(keyId), ...change });
    },
    /** Seven to thirty days later it is gone; until then it does nothing. Nobody takes it back here. */
    scheduleKeyDeletion: (keyId: string) => void put({ ...existing(keyId), state: "PendingDeletion", privateKey: "" }),
    /** DER, of the form SPKI. */
    getPublicKey(idOrArn: string): { readonly key: SigningKeyPair; readonly der: Buffer; readonly pem: string } {
      const key = usable(idOrArn);
      const publicKey = createPublicKey(createPrivateKey(key.privateKey));
      const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
      return { key, der: publicKey.export({ type: "spki", format: "der" }), pem };
    },
    /** Of a message of at most 4,096 bytes, and not of its digest, which the sandbox does not take. */
    signWithKeyPair(idOrArn: string, message: Buffer, algorithm: string): Buffer {
      const { privateKey } = usable(idOrArn);
      const { digest, padding } =
        algorithms[algorithm] ??
        fail("ValidationException", `Value '${algorithm}' at 'signingAlgorithm' failed to satisfy constraint`);
      if (message.length === 0 || message.length > 4096)
        fail("ValidationException", "Value at 'message' failed to satisfy constraint: 1 to 4096 bytes");
      return sign(digest, message, { key: privateKey, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST });
    },
  };
}

export const keyArn = ({ keyId, region }: Pick<SigningKeyPair, "keyId" | "region">) =>
  `arn:aws:kms:${region}:${accountId}:key/${keyId}`;
