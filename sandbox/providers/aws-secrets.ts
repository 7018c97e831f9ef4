// The resource types of the aws stand-in for Parameter Store and KMS, and the function that shows a key's public half.
import { keyArn, signingAlgorithms } from "../edge/key-pairs.ts";
import type { SigningKeyPair } from "../edge/message-state.ts";
import { parameterArn } from "../edge/parameters.ts";
import type { ParameterDescription } from "../edge/parameters.ts";
import type { ControlPlane } from "../edge/control-plane.ts";
import { allTags, regionOf } from "./aws-settings.ts";
import type { AwsSettings } from "./aws-settings.ts";
import { notEvaluated, oneOf } from "./inputs.ts";
import type { Properties } from "./protocol.ts";
import type { ResourceImplementation } from "./resource.ts";

export function secretResources(
  api: ControlPlane,
  settings: () => AwsSettings,
): Readonly<Record<string, ResourceImplementation>> {
  return { "aws:ssm/parameter:Parameter": parameter(), "aws:kms/key:Key": key() };

  function parameter(): ResourceImplementation {
    const describe = (inputs: Properties): ParameterDescription => ({
      name: inputs["name"] as string,
      region: regionOf(inputs, settings()),
      type: inputs["type"] as ParameterDescription["type"],
      value: inputs["value"] as string,
      ...(typeof inputs["description"] === "string" && { description: inputs["description"] }),
      tags: allTags(inputs, settings()),
    });
    const outputsOf = (name: string, state: Properties): Properties => {
      const found = api.getParameter(name);
      return {
        ...state,
        ...{ name, type: found?.type, value: found?.value, version: found?.version, tagsAll: found?.tags },
        ...(found?.description !== undefined && { description: found.description }),
        ...{ arn: found && parameterArn(name, found.region), region: found?.region, dataType: "text" },
        ...{ tier: "Standard", hasValueWo: false, keyId: found?.type === "SecureString" ? "alias/aws/ssm" : "" },
      };
    };
    return {
      computed: ["arn", "dataType", "hasValueWo", "keyId", "region", "tagsAll", "tier", "version"],
      computedByUpdate: ({ value: before }, { value: after }) => (before === after ? [] : ["version"]),
      replaceOnChanges: ["dataType", "name", "region", "type"],
      autoname: { property: "name" },
      check: (inputs) => [
        ...oneOf(inputs, "type", ["String", "StringList", "SecureString"]),
        ...notEvaluated(inputs, notEvaluatedOfParameter),
        // The provider's own rule: one of three ways to give the value, of which one is evaluated here.
        ...(inputs["value"] === undefined ? [{ property: "value", reason: "one of `insecure_value,value,value_wo` must be specified" }] : []), // prettier-ignore
      ],
      create(inputs) {
        const { name } = api.putParameter(describe(inputs), { overwrite: inputs["overwrite"] === true });
        return { id: name, outputs: outputsOf(name, inputs) };
      },
      read: (name, state) => (api.getParameter(name) ? { id: name, outputs: outputsOf(name, state) } : undefined),
      update(name, _state, inputs) {
        api.putParameter(describe(inputs), { overwrite: true });
        return outputsOf(name, inputs);
      },
      delete: (name) => api.deleteParameter(name),
    };
  }

  function key(): ResourceImplementation {
    const outputsOf = (found: SigningKeyPair, state: Properties): Properties => ({
      ...state,
      ...{ arn: keyArn(found), keyId: found.keyId, description: found.description, region: found.region },
      ...{ customerMasterKeySpec: found.spec, keyUsage: "SIGN_VERIFY", isEnabled: found.state === "Enabled" },
      ...{ multiRegion: false, tagsAll: found.tags, policy: defaultPolicy },
    });
    const existing = (id: string) => {
      const found = api.describeKeyPair(id);
      return found?.state === "PendingDeletion" ? undefined : found;
    };
    return {
      computed: ["arn", "description", "keyId", "multiRegion", "policy", "region", "tagsAll"],
      defaults: { bypassPolicyLockoutSafetyCheck: false, isEnabled: true },
      replaceOnChanges: ["customerMasterKeySpec", "keyUsage", "region"],
      check: (inputs) => [
        ...oneOf(inputs, "keyUsage", ["SIGN_VERIFY"]),
        ...oneOf(inputs, "customerMasterKeySpec", ["RSA_2048", "RSA_3072", "RSA_4096"]),
        ...notEvaluated(inputs, notEvaluatedOfKey),
        ...(inputs["keyUsage"] === undefined ? notEvaluated({ keyUsage: "ENCRYPT_DECRYPT" }, ["keyUsage"]) : []),
      ],
      create(inputs) {
        const made = api.createKeyPair({
          region: regionOf(inputs, settings()),
          spec: inputs["customerMasterKeySpec"] as SigningKeyPair["spec"],
          description: (inputs["description"] as string | undefined) ?? "",
          tags: allTags(inputs, settings()),
        });
        return { id: made.keyId, outputs: outputsOf(made, inputs) };
      },
      read(id, state) {
        const found = existing(id);
        return found && { id, outputs: outputsOf(found, state) };
      },
      update(id, _state, inputs) {
        if (!existing(id)) return undefined;
        const change = {
          ...(typeof inputs["description"] === "string" && { description: inputs["description"] }),
          state: inputs["isEnabled"] === false ? ("Disabled" as const) : ("Enabled" as const),
          tags: allTags(inputs, settings()),
        };
        return outputsOf(api.updateKeyPair(id, change), inputs);
      },
      delete(id) {
        if (existing(id)) api.scheduleKeyDeletion(id);
      },
    };
  }
}

/** Without one of its own a key has this: the account's policies say who may use it. */
const defaultPolicy = JSON.stringify({
  Version: "2012-10-17",
  Id: "key-default-1",
  Statement: [
    {
      ...{ Sid: "Enable IAM User Permissions", Effect: "Allow", Principal: { AWS: "arn:aws:iam::123456789012:root" } },
      ...{ Action: "kms:*", Resource: "*" },
    },
  ],
});

// prettier-ignore
const notEvaluatedOfParameter = [
  "allowedPattern", "arn", "dataType", "insecureValue", "keyId", "tier", "valueWo", "valueWoVersion",
];
// prettier-ignore
const notEvaluatedOfKey = [
  "bypassPolicyLockoutSafetyCheck", "customKeyStoreId", "enableKeyRotation", "multiRegion", "policy",
  "rotationPeriodInDays", "xksKeyId",
];

/** `aws.kms.getPublicKey`. */
export const publicKeyFunction =
  (api: ControlPlane) =>
  ({ keyId }: Properties): Properties => {
    const { key, der, pem } = api.getPublicKey(keyId as string);
    return {
      ...{ arn: keyArn(key), id: keyArn(key), keyId, customerMasterKeySpec: key.spec, keyUsage: "SIGN_VERIFY" },
      ...{ publicKey: der.toString("base64"), publicKeyPem: pem, region: key.region },
      ...{ signingAlgorithms, encryptionAlgorithms: [] },
    };
  };
