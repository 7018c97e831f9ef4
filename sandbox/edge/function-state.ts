// What the sandbox keeps of IAM, Lambda, CloudWatch Logs and API Gateway: the resources as they were declared.

export interface Role {
  readonly name: string;
  readonly path: string;
  /** As in `AROA…`. */
  readonly uniqueId: string;
  /** ISO 8601. */
  readonly createDate: string;
  readonly description?: string;
  readonly maxSessionDuration: number;
  /** The text of its trust policy. */
  readonly assumeRolePolicy: string;
  readonly tags: Readonly<Record<string, string>>;
  /** By name: the texts of its inline policies. */
  readonly policies: Readonly<Record<string, string>>;
}

export interface LogGroup {
  readonly name: string;
  /** Days; 0 for ever. */
  readonly retentionInDays: number;
  readonly kmsKeyId?: string;
  readonly logGroupClass: string;
  readonly deletionProtectionEnabled: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

export interface LoggingConfig {
  readonly logFormat: "Text" | "JSON";
  readonly logGroup: string;
  /** Of JSON logs. */
  readonly applicationLogLevel?: string;
  readonly systemLogLevel?: string;
}

export interface FunctionConfiguration {
  readonly role: string;
  readonly handler: string;
  readonly runtime: string;
  readonly architectures: readonly string[];
  readonly description: string;
  /** Megabytes. */
  readonly memorySize: number;
  /** Seconds. */
  readonly timeout: number;
  /** Megabytes. */
  readonly ephemeralStorage: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly loggingConfig: LoggingConfig;
  /** The ARN of a queue or a topic. */
  readonly deadLetterArn?: string;
}

/** The deployed zip: by the name of each file in it, the SHA-256 of its content, in hex. */
export type FunctionCode = Readonly<Record<string, string>>;

export interface LambdaFunction extends FunctionConfiguration {
  readonly name: string;
  readonly region: string;
  readonly code: FunctionCode;
  /** In base64. */
  readonly codeSha256: string;
  /** Bytes of all files. */
  readonly codeSize: number;
  /** ISO 8601, as Lambda writes it. */
  readonly lastModified: string;
  readonly reservedConcurrentExecutions?: number;
  readonly tags: Readonly<Record<string, string>>;
  /** The statements of its resource policy, by their ids. */
  readonly permissions: Readonly<Record<string, InvokePermission>>;
  readonly eventInvokeConfig?: EventInvokeConfig;
}

export interface InvokePermission {
  readonly action: string;
  /** A service, such as `events.amazonaws.com`, or an account. */
  readonly principal: string;
  readonly sourceArn?: string;
  readonly sourceAccount?: string;
}

/** What becomes of events that a function was given without waiting for its answer. */
export interface EventInvokeConfig {
  /** @default 6 hours */
  readonly maximumEventAgeInSeconds?: number;
  /** @default 2 */
  readonly maximumRetryAttempts?: number;
  /** The ARN of what is told of an event that failed. */
  readonly onFailure?: string;
  readonly onSuccess?: string;
}

export interface CorsConfiguration {
  readonly allowOrigins?: readonly string[];
  readonly allowMethods?: readonly string[];
  readonly allowHeaders?: readonly string[];
  readonly exposeHeaders?: readonly string[];
  /** Seconds. */
  readonly maxAge?: number;
  readonly allowCredentials?: boolean;
}

export interface JwtAuthorizer {
  readonly name: string;
  readonly identitySources: readonly string[];
  readonly issuer: string;
  readonly audiences: readonly string[];
}

export interface LambdaIntegration {
  /** The function's invoke ARN, or its own. */
  readonly integrationUri: string;
  readonly payloadFormatVersion: string;
  /** Milliseconds. */
  readonly timeout: number;
  readonly description?: string;
}

export interface HttpRoute {
  /** `PUT /picture`, or `$default`. */
  readonly routeKey: string;
  readonly authorizationType: "NONE" | "JWT";
  readonly authorizerId?: string;
  readonly authorizationScopes: readonly string[];
  /** The integration's id. */
  readonly integrationId?: string;
}

export interface Throttling {
  /** Requests. */
  readonly burstLimit?: number;
  /** Requests a second. */
  readonly rateLimit?: number;
}

export interface HttpStage {
  readonly name: string;
  readonly autoDeploy: boolean;
  readonly accessLog?: { readonly destinationArn: string; readonly format: string };
  readonly throttling: Throttling;
  readonly routeThrottling: Readonly<Record<string, Throttling>>;
  readonly description?: string;
  readonly stageVariables: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

export interface HttpApi {
  readonly id: string;
  readonly region: string;
  readonly name: string;
  readonly description?: string;
  readonly version?: string;
  readonly disableExecuteApiEndpoint: boolean;
  readonly cors?: CorsConfiguration;
  readonly tags: Readonly<Record<string, string>>;
  /** Each by its id. */
  readonly authorizers: Readonly<Record<string, JwtAuthorizer>>;
  readonly integrations: Readonly<Record<string, LambdaIntegration>>;
  readonly routes: Readonly<Record<string, HttpRoute>>;
  /** By name. */
  readonly stages: Readonly<Record<string, HttpStage>>;
}

/** Each by its name, but for the APIs, which are by their ids. */
export interface FunctionState {
  readonly roles: Record<string, Role>;
  readonly logGroups: Record<string, LogGroup>;
  readonly functions: Record<string, LambdaFunction>;
  readonly httpApis: Record<string, HttpApi>;
}

export const noFunctions = (): FunctionState => ({ roles: {}, logGroups: {}, functions: {}, httpApis: {} });
