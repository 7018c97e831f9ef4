// What the doctor finds, one row for each thing that it looks at.

export interface Check {
  /** Its keys are a contract. */
  readonly check: CheckName;
  /** What of several, such as a connection's name. */
  readonly subject?: string;
  /** `unknown`: it could not be looked at, which is never taken for ok. */
  readonly status: "ok" | "fault" | "unknown";
  readonly found: string;
  readonly expected: string;
  /** What to do, of whatever is not ok. */
  readonly fix?: string;
}

export type CheckName =
  | "tenant"
  | "aws-account"
  | "action-live"
  | "action-draft"
  | "action-bound"
  | "later-action"
  | "connection-sync"
  | "default-picture"
  | "default-picture-headers"
  | "default-picture-script"
  | "dns-record";
