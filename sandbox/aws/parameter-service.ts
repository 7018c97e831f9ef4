// What functions ask of Parameter Store: a value, in clear text to who may decrypt it.
import { createHash } from "node:crypto";
import { fail } from "../edge/aws-error.ts";
import type { ControlPlane } from "../edge/control-plane.ts";
import { accountId } from "../edge/identity.ts";
import { parameterArn } from "../edge/parameters.ts";
import { jsonService, need } from "./service-api.ts";
import type { AwsService } from "./service-api.ts";

export const parameterService = (controlPlane: ControlPlane): AwsService =>
  jsonService({
    ...{ name: "ssm", endpointName: "SSM", target: "AmazonSSM" },
    operations: {
      GetParameter({ Name, WithDecryption = false }, { caller, region }) {
        if (typeof Name !== "string") fail("ValidationException", "Value null at 'name' failed to satisfy constraint");
        const ofArn = /^arn:aws:ssm:[\w-]+:\d+:parameter(\/.+)$/.exec(Name)?.[1];
        const found =
          controlPlane.getParameter(Name) ??
          (ofArn === undefined
            ? undefined
            : (controlPlane.getParameter(ofArn) ?? controlPlane.getParameter(ofArn.slice(1))));
        // Who may not ask is not told whether there is one.
        const arn = parameterArn(found?.name ?? ofArn ?? Name, region);
        // The account's own key for Parameter Store, `aws/ssm`, lets everybody decrypt who may get the parameter.
        need(caller, { action: "ssm:GetParameter", resource: arn });
        if (found?.region !== region) fail("ParameterNotFound", "");
        const { name, type, value, version, lastModified } = found;
        const isHidden = type === "SecureString" && WithDecryption !== true;
        return {
          Parameter: {
            ...{ ARN: arn, DataType: "text", LastModifiedDate: Date.parse(lastModified) / 1000, Name: name },
            ...{ Type: type, Value: isHidden ? hidden(value) : value, Version: version },
          },
        };
      },
    },
  });

/** What stands for the encrypted value. */
const hidden = (value: string) => createHash("sha512").update(`${accountId} ${value}`).digest("base64");
