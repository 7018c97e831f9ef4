// The resource types of the aws stand-in for Lambda: functions, who may invoke them, and what becomes of failed events.
import { functionArn, invokeArn, nodeRuntimes } from "../edge/function-operations.ts";
import type {
  EventInvokeConfig,
  FunctionConfiguration,
  LambdaFunction,
  LoggingConfig,
} from "../edge/function-state.ts";
import type { ControlPlane } from "../edge/control-plane.ts";
import { archiveContent } from "./asset-content.ts";
import { allTags, regionOf } from "./aws-settings.ts";
import type { AwsSettings } from "./aws-settings.ts";
import { notEvaluated, oneOf } from "./inputs.ts";
import { isArchive } from "./protocol.ts";
import type { Properties } from "./protocol.ts";
import type { ResourceImplementation } from "./resource.ts";

export function functionResources(
  api: ControlPlane,
  settings: () => AwsSettings,
): Readonly<Record<string, ResourceImplementation>> {
  return {
    "aws:lambda/function:Function": lambdaFunction(),
    "aws:lambda/permission:Permission": permission(),
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": eventInvokeConfig(),
  };

  function lambdaFunction(): ResourceImplementation {
    const setConcurrency = (name: string, { reservedConcurrentExecutions }: Properties) => {
      const reserved = Number(reservedConcurrentExecutions ?? -1);
      api.putFunctionConcurrency(name, reserved < 0 ? undefined : reserved);
    };
    return {
      computed: computedOfFunction,
      defaults: defaultsOfFunction,
      replaceOnChanges: ["name", "packageType", "region"],
      autoname: { property: "name" },
      check: (inputs) => [
        ...notEvaluated(inputs, notEvaluatedOfFunction),
        ...oneOf(inputs, "packageType", ["Zip"]),
        ...oneOf(inputs, "runtime", nodeRuntimes),
        ...["code", "handler", "runtime"]
          .filter((property) => inputs[property] === undefined)
          .map((property) => ({ property, reason: "the sandbox runs functions that are zips, with a handler" })),
      ],
      async create(inputs) {
        const name = inputs["name"] as string;
        const files = await archiveContent(inputs["code"], "code");
        const tags = allTags(inputs, settings());
        api.createFunction(name, regionOf(inputs, settings()), configurationOf(inputs), { files, tags });
        setConcurrency(name, inputs);
        return { id: name, outputs: outputsOfFunction(api.getFunction(name), inputs) };
      },
      read(name, state) {
        const found = api.getFunction(name);
        return found && { id: name, outputs: outputsOfFunction(found, state) };
      },
      async update(name, state, inputs) {
        api.updateFunctionConfiguration(name, configurationOf(inputs));
        const [before, after] = [state["code"], inputs["code"]];
        if (!isArchive(before) || !isArchive(after) || before.hash !== after.hash)
          api.updateFunctionCode(name, await archiveContent(after, "code"));
        setConcurrency(name, inputs);
        api.tagFunction(name, allTags(inputs, settings()));
        return outputsOfFunction(api.getFunction(name), inputs);
      },
      // The provider's `updateComputedAttributesOnPublish`, without versions.
      computedByUpdate: ({ code: before }, { code: after }) =>
        isArchive(before) && isArchive(after) && before.hash === after.hash ? [] : ["lastModified"],
      delete(name) {
        if (api.getFunction(name)) api.deleteFunction(name);
      },
    };
  }

  function permission(): ResourceImplementation {
    const outputsOf = (inputs: Properties) => ({
      ...inputs,
      region: regionOf(inputs, settings()),
      statementIdPrefix: "",
    });
    return {
      computed: ["region", "statementId", "statementIdPrefix"],
      replaceOnChanges: [],
      autoname: { property: "statementId", unless: ["statementIdPrefix"] },
      check: (inputs) => notEvaluated(inputs, notEvaluatedOfPermission),
      create(inputs) {
        const { action, principal, sourceArn, sourceAccount } = inputs as Readonly<Record<string, string | undefined>>;
        const statementId = inputs["statementId"] as string;
        api.addPermission(inputs["function"] as string, statementId, {
          action: action ?? "",
          principal: principal ?? "",
          ...(sourceArn !== undefined && { sourceArn }),
          ...(sourceAccount !== undefined && { sourceAccount }),
        });
        return { id: statementId, outputs: outputsOf(inputs) };
      },
      read(id, state) {
        // An import's id is `function/statement`.
        const [name = "", statementId = ""] = id.includes("/") ? id.split("/") : [String(state["function"]), id];
        const found = api.getPermission(name, statementId);
        return found && { id: statementId, outputs: outputsOf({ ...state, ...found, function: name, statementId }) };
      },
      delete(id, state) {
        const name = state["function"] as string;
        if (api.getPermission(name, id)) api.removePermission(name, id);
      },
    };
  }

  function eventInvokeConfig(): ResourceImplementation {
    const put = (inputs: Properties) => {
      const name = inputs["functionName"] as string;
      api.putFunctionEventInvokeConfig(name, eventInvokeConfigOf(inputs));
      return { id: name, outputs: { ...inputs, region: regionOf(inputs, settings()) } };
    };
    return {
      computed: ["region"],
      defaults: { maximumRetryAttempts: 2 },
      replaceOnChanges: ["functionName", "qualifier", "region"],
      check: (inputs) => notEvaluated(inputs, ["qualifier"]),
      create: put,
      read(id, state) {
        const found = api.getFunction(id)?.eventInvokeConfig;
        return found && { id, outputs: { ...state, functionName: id } };
      },
      update: (_id, _state, inputs) => put(inputs).outputs,
      delete(id) {
        if (api.getFunction(id)) api.putFunctionEventInvokeConfig(id, undefined);
      },
    };
  }
}

// prettier-ignore
const computedOfFunction = [
  "architectures", "arn", "codeSha256", "ephemeralStorage", "invokeArn", "lastModified", "loggingConfig", "name",
  "qualifiedArn", "qualifiedInvokeArn", "region", "responseStreamingInvokeArn", "signingJobArn",
  "signingProfileVersionArn", "sourceCodeHash", "sourceCodeSize", "tagsAll", "tracingConfig", "version",
];

const defaultsOfFunction = {
  ...{ memorySize: 128, packageType: "Zip", publish: false, reservedConcurrentExecutions: -1 },
  ...{ skipDestroy: false, timeout: 3 },
};

// prettier-ignore
const notEvaluatedOfFunction = [
  "capacityProviderConfig", "codeSha256", "codeSigningConfigArn", "durableConfig", "fileSystemConfig", "imageConfig",
  "imageUri", "kmsKeyArn", "layers", "publish", "publishTo", "replaceSecurityGroupsOnDestroy",
  "replacementSecurityGroupIds", "s3Bucket", "s3Key", "s3ObjectVersion", "skipDestroy", "snapStart", "sourceCodeHash",
  "sourceKmsKeyArn", "tenancyConfig", "tracingConfig", "vpcConfig",
];

const notEvaluatedOfPermission = [
  ...["eventSourceToken", "functionUrlAuthType", "invokedViaFunctionUrl", "principalOrgId", "qualifier"],
  "statementIdPrefix",
];

function configurationOf(inputs: Properties): FunctionConfiguration {
  const environment = inputs["environment"] as { variables?: Readonly<Record<string, string>> } | undefined;
  const storage = inputs["ephemeralStorage"] as { size?: number } | undefined;
  const deadLetters = inputs["deadLetterConfig"] as { targetArn: string } | undefined;
  return {
    role: inputs["role"] as string,
    handler: inputs["handler"] as string,
    runtime: inputs["runtime"] as string,
    architectures: (inputs["architectures"] as string[] | undefined) ?? ["x86_64"],
    description: (inputs["description"] as string | undefined) ?? "",
    memorySize: Number(inputs["memorySize"]),
    timeout: Number(inputs["timeout"]),
    ephemeralStorage: Number(storage?.size ?? 512),
    environment: environment?.variables ?? {},
    loggingConfig: loggingOf(inputs),
    ...(deadLetters && { deadLetterArn: deadLetters.targetArn }),
  };
}

function loggingOf({ name, loggingConfig }: Properties): LoggingConfig {
  const {
    logFormat = "Text",
    logGroup,
    applicationLogLevel,
    systemLogLevel,
  } = (loggingConfig ?? {}) as Partial<LoggingConfig>;
  return {
    logFormat,
    logGroup: logGroup || `/aws/lambda/${name as string}`,
    ...(applicationLogLevel && { applicationLogLevel }),
    ...(systemLogLevel && { systemLogLevel }),
  };
}

function outputsOfFunction(fn: LambdaFunction | undefined, state: Properties): Properties {
  if (fn === undefined) throw new Error("The function is gone");
  const arn = functionArn(fn);
  const streaming = "response-streaming-invocations";
  return {
    ...defaultsOfFunction,
    ...state,
    architectures: fn.architectures,
    arn,
    codeSha256: fn.codeSha256,
    ...(fn.description !== "" && { description: fn.description }),
    ephemeralStorage: { size: fn.ephemeralStorage },
    ...(Object.keys(fn.environment).length > 0 && { environment: { variables: fn.environment } }),
    handler: fn.handler,
    invokeArn: invokeArn(fn),
    lastModified: fn.lastModified,
    loggingConfig: { ...fn.loggingConfig },
    memorySize: fn.memorySize,
    name: fn.name,
    qualifiedArn: `${arn}:$LATEST`,
    qualifiedInvokeArn: invokeArn(fn).replace(arn, `${arn}:$LATEST`),
    region: fn.region,
    reservedConcurrentExecutions: fn.reservedConcurrentExecutions ?? -1,
    responseStreamingInvokeArn: invokeArn(fn).replace("2015-03-31", "2021-11-15").replace("invocations", streaming),
    role: fn.role,
    runtime: fn.runtime,
    signingJobArn: "",
    signingProfileVersionArn: "",
    sourceCodeHash: fn.codeSha256,
    sourceCodeSize: fn.codeSize,
    tagsAll: fn.tags,
    timeout: fn.timeout,
    tracingConfig: { mode: "PassThrough" },
    version: "$LATEST",
  };
}

function eventInvokeConfigOf(inputs: Properties): EventInvokeConfig {
  const { onFailure, onSuccess } = (inputs["destinationConfig"] ?? {}) as Readonly<
    Record<string, { destination: string } | undefined>
  >;
  const { maximumEventAgeInSeconds: age, maximumRetryAttempts: retries } = inputs;
  return {
    ...(age !== undefined && { maximumEventAgeInSeconds: Number(age) }),
    ...(retries !== undefined && { maximumRetryAttempts: Number(retries) }),
    ...(onFailure && { onFailure: onFailure.destination }),
    ...(onSuccess && { onSuccess: onSuccess.destination }),
  };
}
