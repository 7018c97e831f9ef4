// Lambda's API operations for functions, who may invoke them and what becomes of their failed events, with the checks
// that decide whether a deployment succeeds.
import { hash } from "node:crypto";
import { isAbsolute } from "node:path";
import { fail } from "./aws-error.ts";
import { matchesWildcard } from "./bucket-policy.ts";
import type { Store } from "./edge-state.ts";
import { accountId } from "./identity.ts";
import type {
  EventInvokeConfig,
  FunctionCode,
  FunctionConfiguration,
  InvokePermission,
  LambdaFunction,
} from "./function-state.ts";
import { assumableRole } from "./roles.ts";

export type FunctionFiles = Readonly<Record<string, Uint8Array>>;

/** Who invokes a function on whose behalf: a service, and its resource. */
export interface Invoker {
  /** Such as `events.amazonaws.com`. */
  readonly principal: string;
  readonly sourceArn: string;
}

/** The account's quota (Lambda docs, "Lambda quotas"), and what of it functions share that reserve nothing. */
const concurrency = { account: 1000, unreserved: 100 };

/** The operations are named as in the Lambda API reference, and throw the `AwsError`s that are named there. */
export function functionOperations(store: Store) {
  const { state } = store;
  const functionNamed = (nameOrArn: string): LambdaFunction =>
    find(nameOrArn) ?? fail("ResourceNotFoundException", `Function not found: ${nameOrArn}`, 404);
  const find = (nameOrArn: string): LambdaFunction | undefined => {
    const found = state.functions[nameOrArn.replace(/^arn:aws:lambda:[^:]*:\d+:function:/, "")];
    return found && (!nameOrArn.startsWith("arn:") || nameOrArn === functionArn(found)) ? found : undefined;
  };
  const put = (one: LambdaFunction): LambdaFunction => {
    state.functions[one.name] = one;
    store.save();
    return one;
  };
  const change = (name: string, changes: Partial<LambdaFunction>) =>
    put({ ...functionNamed(name), ...changes, lastModified: lambdaTime() });
  const checkRoleOf = ({ role }: FunctionConfiguration) => {
    if (assumableRole(state, role, "lambda.amazonaws.com") === undefined)
      fail("InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda.");
  };

  /** The files' bytes are kept as objects' are. */
  function keep(files: FunctionFiles): Pick<LambdaFunction, "code" | "codeSha256" | "codeSize"> {
    const sizes = Object.values(files).map(({ byteLength }) => byteLength);
    const codeSize = sizes.reduce((sum, size) => sum + size, 0);
    if (sizes.length === 0) fail("InvalidParameterValueException", "Uploaded file must be a non-empty zip");
    if (codeSize > 262_144_000)
      fail("InvalidParameterValueException", "Unzipped size must be smaller than 262144000 bytes");
    // An archive takes any names. Nothing is written outside of the function's folder.
    if (Object.keys(files).some((name) => isAbsolute(name) || name.split(/[/\\]/).includes("..")))
      fail("InvalidParameterValueException", "Could not unzip uploaded file. Please check your file, then try again.");
    const code = Object.fromEntries(
      Object.entries(files)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, bytes]) => [name, store.putBytes(bytes)]),
    );
    return { code, codeSha256: hash("sha256", JSON.stringify(code), "base64"), codeSize };
  }

  const drop = (code: FunctionCode) => Object.values(code).forEach((sha256) => store.dropBytes(sha256));

  return {
    createFunction(
      name: string,
      region: string,
      configuration: FunctionConfiguration,
      { files, tags }: { files: FunctionFiles; tags: Readonly<Record<string, string>> },
    ): LambdaFunction {
      if (!/^[\w-]+$/.test(name) || name.length > 64)
        invalid(`Value '${name}' at 'functionName' failed to satisfy constraint: at most 64 letters, digits, - and _`);
      checkConfiguration(configuration);
      checkRoleOf(configuration);
      if (state.functions[name]) fail("ResourceConflictException", `Function already exist: ${name}`, 409);
      const own = { ...configuration, name, region, tags, permissions: {}, lastModified: lambdaTime() };
      return put({ ...own, ...keep(files) });
    },
    /** By its name or its ARN. */
    getFunction: find,
    updateFunctionConfiguration(name: string, configuration: FunctionConfiguration): LambdaFunction {
      checkConfiguration(configuration);
      checkRoleOf(configuration);
      // What is not given is taken away.
      const { deadLetterArn: _, ...kept } = functionNamed(name);
      return put({ ...kept, ...configuration, lastModified: lambdaTime() });
    },
    updateFunctionCode(name: string, files: FunctionFiles): LambdaFunction {
      const { code } = functionNamed(name);
      const changed = change(name, keep(files));
      drop(code);
      return changed;
    },
    tagFunction: (name: string, tags: Readonly<Record<string, string>>): LambdaFunction =>
      put({ ...functionNamed(name), tags }),
    /** PutFunctionConcurrency; undefined is DeleteFunctionConcurrency. */
    putFunctionConcurrency(name: string, reserved: number | undefined): void {
      const { reservedConcurrentExecutions: _, ...kept } = functionNamed(name);
      const others = Object.values(state.functions)
        .filter((one) => one.name !== name)
        .reduce((sum, one) => sum + (one.reservedConcurrentExecutions ?? 0), 0);
      if (reserved !== undefined && concurrency.account - others - reserved < concurrency.unreserved)
        fail(
          "InvalidParameterValueException",
          "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution " +
            `below its minimum value of [${concurrency.unreserved}].`,
        );
      put(reserved === undefined ? kept : { ...kept, reservedConcurrentExecutions: reserved });
    },
    deleteFunction(name: string): void {
      const { code } = functionNamed(name);
      Reflect.deleteProperty(state.functions, name);
      store.save();
      drop(code);
    },
    addPermission(name: string, statementId: string, permission: InvokePermission): void {
      const { permissions } = functionNamed(name);
      if (!/^[\w-]{1,100}$/.test(statementId))
        invalid(`Value '${statementId}' at 'statementId' failed to satisfy constraint: at most 100 of [a-zA-Z0-9-_]`);
      if (permissions[statementId])
        fail(
          "ResourceConflictException",
          `The statement id (${statementId}) provided already exists. Please provide a new statement id, or remove ` +
            "the existing statement.",
          409,
        );
      if (!/^(?:lambda:[*]|lambda:[a-zA-Z]+|[*])$/.test(permission.action))
        invalid(`Value '${permission.action}' at 'action' failed to satisfy constraint: lambda:[*]|lambda:[a-zA-Z]+`);
      if (
        !/^(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*\.amazonaws\.com|\d{12}|arn:aws:iam::\d{12}:.+|\*)$/.test(permission.principal)
      )
        fail(
          "InvalidParameterValueException",
          "The provided principal was invalid. Please check the principal and try again.",
        );
      put({ ...functionNamed(name), permissions: { ...permissions, [statementId]: permission } });
    },
    getPermission: (name: string, statementId: string): InvokePermission | undefined =>
      find(name)?.permissions[statementId],
    removePermission(name: string, statementId: string): void {
      const { [statementId]: _, ...permissions } = functionNamed(name).permissions;
      put({ ...functionNamed(name), permissions });
    },
    /** Whether one of the function's permissions lets a service invoke it for this resource. */
    mayInvoke(nameOrArn: string, { principal, sourceArn }: Invoker): boolean {
      return Object.values(find(nameOrArn)?.permissions ?? {}).some(
        (one) =>
          ["lambda:InvokeFunction", "lambda:*", "*"].includes(one.action) &&
          (one.principal === principal || one.principal === "*") &&
          (one.sourceArn === undefined || matchesWildcard(one.sourceArn, sourceArn)) &&
          (one.sourceAccount === undefined || one.sourceAccount === accountId),
      );
    },
    /** Undefined is DeleteFunctionEventInvokeConfig. */
    putFunctionEventInvokeConfig(name: string, config: EventInvokeConfig | undefined): void {
      const { maximumEventAgeInSeconds: age = 21_600, maximumRetryAttempts: retries = 2 } = config ?? {};
      if (age < 60 || age > 21_600)
        invalid(`Value '${age}' at 'maximumEventAgeInSeconds' failed to satisfy constraint: 60 to 21600`);
      if (retries < 0 || retries > 2)
        invalid(`Value '${retries}' at 'maximumRetryAttempts' failed to satisfy constraint: 0 to 2`);
      const { eventInvokeConfig: _, ...kept } = functionNamed(name);
      put(config === undefined ? kept : { ...kept, eventInvokeConfig: config });
    },
    /** The bytes of a file of a function's code, by its SHA-256. */
    codeFile: (sha256: string): Buffer => store.bytes(sha256),
  };
}

export const functionArn = ({ name, region }: Pick<LambdaFunction, "name" | "region">) =>
  `arn:aws:lambda:${region}:${accountId}:function:${name}`;

/** By which API Gateway invokes it. */
export const invokeArn = (fn: Pick<LambdaFunction, "name" | "region">) =>
  `arn:aws:apigateway:${fn.region}:lambda:path/2015-03-31/functions/${functionArn(fn)}/invocations`;

/** The runtimes that the sandbox runs, on the Node that it runs on itself (Lambda docs, "Lambda runtimes"). */
export const nodeRuntimes: readonly string[] = ["nodejs22.x", "nodejs24.x"];

/** Lambda docs, "Defined runtime environment variables": what a function may not declare. */
const reservedVariables = new Set([
  ...["_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV"],
  ...["AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION"],
  ...["AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME"],
  ...["AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API"],
  ...["LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR"],
]);

function checkConfiguration(configuration: FunctionConfiguration): void {
  const { runtime, handler, memorySize, timeout, ephemeralStorage, architectures, environment } = configuration;
  if (!nodeRuntimes.includes(runtime))
    fail(
      "InvalidParameterValueException",
      `Value ${runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: ` +
        `[${nodeRuntimes.join(", ")}] or be a valid ARN`,
    );
  if (!/^[^\s]{1,128}$/.test(handler))
    invalid(`Value '${handler}' at 'handler' failed to satisfy constraint: at most 128 characters, no space`);
  inRange("memorySize", memorySize, 128, 10_240);
  inRange("timeout", timeout, 1, 900);
  inRange("ephemeralStorage.size", ephemeralStorage, 512, 10_240);
  if (architectures.length !== 1 || !["arm64", "x86_64"].includes(architectures[0] ?? ""))
    invalid(`Value '[${architectures.join()}]' at 'architectures' failed to satisfy constraint: one of x86_64, arm64`);
  const reserved = Object.keys(environment).filter((name) => reservedVariables.has(name));
  if (reserved.length > 0)
    fail(
      "InvalidParameterValueException",
      "Lambda was unable to configure your environment variables because the environment variables you have provided " +
        "contains reserved keys that are currently not supported for modification. Reserved keys used in this " +
        `request: ${reserved.join(", ")}`,
    );
  const wrong = Object.keys(environment).find((name) => !/^[a-zA-Z]\w+$/.test(name));
  if (wrong !== undefined)
    invalid(`Value '${wrong}' at 'environment.variables' failed to satisfy constraint: [a-zA-Z]([a-zA-Z0-9_])+`);
  const size = Buffer.byteLength(JSON.stringify(environment));
  if (size > 4096)
    fail(
      "InvalidParameterValueException",
      "Lambda was unable to configure your environment variables because the environment variables you have provided " +
        `exceeded the 4KB limit. String measured: ${size} bytes`,
    );
}

function inRange(member: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  const bound = value < least ? `greater than or equal to ${least}` : `less than or equal to ${most}`;
  invalid(`Value '${value}' at '${member}' failed to satisfy constraint: Member must have value ${bound}`);
}

const invalid = (reason: string) => fail("ValidationException", `1 validation error detected: ${reason}`);

/** As `2026-11-27T13:00:00.000+0000`. */
const lambdaTime = () => new Date().toISOString().replace("Z", "+0000");
