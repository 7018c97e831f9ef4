// How a component says which security controls its resources fulfil, and why they do not fulfil the others.

/** Whether a component with its defaults fulfils a control. */
export const ControlStatus = {
  /** It fulfils it. */
  Pass: "pass",
  /** It does not, for the reason that is given. */
  Exception: "exception",
} as const;
export type ControlStatus = (typeof ControlStatus)[keyof typeof ControlStatus];

/** One control of AWS Security Hub or checkov on the resources of a component, which takes these arguments. */
export interface SecurityControl<Args> {
  /** As in `S3.5`, `CKV_AWS_18`. */
  readonly id: string;
  readonly status: ControlStatus;
  /** One sentence: what fulfils it, or why it is not fulfilled. */
  readonly reason: string;
  /** The argument of the component with which an exception passes. @default it never does */
  readonly option?: keyof Args;
}

export const pass = (reason: string, ...ids: string[]) => ids.map((id) => ({ id, status: ControlStatus.Pass, reason }));

export const exception = (reason: string, ...ids: string[]) =>
  ids.map((id) => ({ id, status: ControlStatus.Exception, reason }));

/** An exception that an argument turns into a pass. */
export const unless = <Option>(option: Option, reason: string, ...ids: string[]) =>
  exception(reason, ...ids).map((control) => ({ ...control, option }));
