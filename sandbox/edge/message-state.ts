// What the sandbox keeps of Parameter Store, KMS, SQS, EventBridge and CloudWatch's alarms: the resources as they were
// declared, and the messages of queues. The file is readable for its user only, because secrets are in it.

export interface Parameter {
  readonly name: string;
  readonly region: string;
  readonly type: "String" | "StringList" | "SecureString";
  readonly value: string;
  readonly version: number;
  readonly description?: string;
  /** ISO 8601. */
  readonly lastModified: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** A key that signs, which no one takes out. */
export interface SigningKeyPair {
  readonly keyId: string;
  readonly region: string;
  readonly spec: "RSA_2048" | "RSA_3072" | "RSA_4096";
  readonly state: "Enabled" | "Disabled" | "PendingDeletion";
  readonly description: string;
  /** PEM, PKCS #8. */
  readonly privateKey: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface QueueMessage {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly sentAt: number;
}

export interface Queue {
  readonly name: string;
  readonly region: string;
  readonly messageRetentionSeconds: number;
  readonly visibilityTimeoutSeconds: number;
  readonly maxMessageSize: number;
  readonly delaySeconds: number;
  readonly receiveWaitTimeSeconds: number;
  readonly sqsManagedSseEnabled: boolean;
  /** The text of its policy. */
  readonly policy?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly messages: readonly QueueMessage[];
}

/** What a partner, such as Auth0, offers to the account. */
export interface PartnerSource {
  readonly name: string;
  readonly region: string;
}

export interface EventBus {
  readonly name: string;
  readonly region: string;
  readonly description?: string;
  readonly eventSourceName?: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface EventRule {
  readonly name: string;
  readonly busName: string;
  readonly region: string;
  readonly description?: string;
  /** JSON. */
  readonly eventPattern?: string;
  readonly scheduleExpression?: string;
  readonly state: "ENABLED" | "DISABLED";
  readonly tags: Readonly<Record<string, string>>;
}

export interface EventTarget {
  readonly targetId: string;
  readonly ruleName: string;
  readonly busName: string;
  readonly arn: string;
  /** Of a queue. */
  readonly deadLetterArn?: string;
  readonly maximumRetryAttempts: number;
}

export interface MetricAlarm {
  readonly name: string;
  readonly region: string;
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: string;
  /** Seconds. */
  readonly period: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly comparisonOperator: string;
  readonly threshold: number;
  readonly treatMissingData: string;
  readonly warmUpMinutes: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly tags: Readonly<Record<string, string>>;
}

export interface MessageState {
  readonly parameters: Record<string, Parameter>;
  /** By id. */
  readonly signingKeys: Record<string, SigningKeyPair>;
  /** By name. */
  readonly queues: Record<string, Queue>;
  readonly partnerSources: Record<string, PartnerSource>;
  /** By name; the bus that every account has is not among them. */
  readonly eventBuses: Record<string, EventBus>;
  /** By bus and name. */
  readonly eventRules: Record<string, EventRule>;
  readonly eventTargets: readonly EventTarget[];
  readonly metricAlarms: Record<string, MetricAlarm>;
}

export const noMessages = (): MessageState => ({
  ...{ parameters: {}, signingKeys: {}, queues: {}, partnerSources: {}, eventBuses: {}, eventRules: {} },
  ...{ eventTargets: [], metricAlarms: {} },
});
