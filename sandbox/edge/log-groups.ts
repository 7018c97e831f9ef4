// CloudWatch Logs' log groups, and the lines that are in them.
import { fail } from "./aws-error.ts";
import type { Store } from "./edge-state.ts";
import { accountId } from "./identity.ts";
import type { LogGroup } from "./function-state.ts";

export interface LogLine {
  readonly stream: string;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly message: string;
}

/** Lines of one group that are kept; the oldest go first. */
const mostLines = 10_000;

/** The operations are named as in the CloudWatch Logs API reference, and throw the `AwsError`s that are named there. */
export function logGroupOperations(store: Store) {
  const { state } = store;
  /** In memory: a group is empty after each start. */
  const lines = new Map<string, LogLine[]>();
  const check = ({ name, retentionInDays, logGroupClass, kmsKeyId }: LogGroup) => {
    if (!/^[\w./#-]{1,512}$/.test(name))
      invalid(`Value '${name}' at 'logGroupName' failed to satisfy constraint: [.\\-_/#A-Za-z0-9]+, 1 to 512 of them`);
    if (retentionInDays !== 0 && !retentions.includes(retentionInDays))
      invalid(
        `Value '${retentionInDays}' at 'retentionInDays' failed to satisfy constraint: one of ${retentions.join()}`,
      );
    if (!["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"].includes(logGroupClass))
      invalid(`Value '${logGroupClass}' at 'logGroupClass' failed to satisfy constraint`);
    if (kmsKeyId !== undefined && !kmsKeyId.startsWith("arn:"))
      fail("InvalidParameterException", "The KMS key's ARN is needed.");
  };
  return {
    createLogGroup(group: LogGroup): void {
      check(group);
      if (state.logGroups[group.name]) fail("ResourceAlreadyExistsException", "The specified log group already exists");
      state.logGroups[group.name] = group;
      store.save();
    },
    logGroupNames: (): readonly string[] => Object.keys(state.logGroups),
    getLogGroup: (name: string): LogGroup | undefined => state.logGroups[name],
    updateLogGroup(group: LogGroup): void {
      check(group);
      if (!state.logGroups[group.name]) missing();
      state.logGroups[group.name] = group;
      store.save();
    },
    deleteLogGroup(name: string): void {
      const group = state.logGroups[name];
      if (group === undefined) return;
      if (group.deletionProtectionEnabled)
        fail("ValidationException", `The log group ${name} is protected from deletion.`);
      Reflect.deleteProperty(state.logGroups, name);
      lines.delete(name);
      store.save();
    },
    putLogEvents(name: string, events: readonly LogLine[]): void {
      if (!state.logGroups[name]) missing();
      lines.set(name, [...(lines.get(name) ?? []), ...events].slice(-mostLines));
    },
    /** The lines of a group, in the order in which they were put. */
    filterLogEvents: (name: string): readonly LogLine[] => lines.get(name) ?? [],
  };
}

export const logGroupArn = (name: string, region: string) => `arn:aws:logs:${region}:${accountId}:log-group:${name}`;

/** In days (CloudWatch Logs API reference, "PutRetentionPolicy"). */
const retentions: readonly number[] = [
  ...[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731],
  ...[1096, 1827, 2192, 2557, 2922, 3288, 3653],
];

const invalid = (reason: string) => fail("InvalidParameterException", `1 validation error detected: ${reason}`);
const missing = () => fail("ResourceNotFoundException", "The specified log group does not exist.");
