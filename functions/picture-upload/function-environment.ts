// What the upload function is told by its environment.
import { machineClient, requiredVariable, serviceSettings, wholeNumber } from "../services/environment-variables.ts";
import type { MachineClient, ServiceSettings, Variables } from "../services/environment-variables.ts";
import { processingLimits } from "./process-picture.ts";

export interface FunctionEnvironment extends ServiceSettings {
  /** `PICTURE_BASE_URL`: `https://…/`, which ends with a slash. */
  readonly baseUrl: string;
  /**
   * `WRITER_CLIENT_ID`, and `WRITER_SECRET_PARAMETER` or `WRITER_SIGNING_KEY`: with `update:users`. Undefined where
   * `WRITE_BACK` is `none`: the page writes `user_metadata.picture` itself, and no credential that could is here.
   */
  readonly writer: MachineClient | undefined;
  /** `MAX_PICTURES`: how many different pictures a user may have, those that expire too. @default 50 */
  readonly maxPictures: number;
  /** `MAX_SECONDS`: how long a picture may be processed. @default 5 */
  readonly maxSeconds: number;
}

/** @throws Error that names the variable which is missing, or is not as it should be */
export function readEnvironment(variables: Variables): FunctionEnvironment {
  const writeBack = variables["WRITE_BACK"] || "user_metadata";
  if (writeBack !== "user_metadata" && writeBack !== "none")
    throw new Error(`WRITE_BACK is user_metadata or none, and ${writeBack} was given.`);
  return {
    ...serviceSettings(variables),
    baseUrl: requiredVariable(variables, "PICTURE_BASE_URL"),
    writer: writeBack === "none" ? undefined : machineClient(variables, "WRITER"),
    maxPictures: wholeNumber(variables, "MAX_PICTURES", 50, mostPictures),
    maxSeconds: wholeNumber(variables, "MAX_SECONDS", processingLimits.maxSeconds, 900),
  };
}

/** A folder is read by one list, of a thousand objects, and a picture has three. */
const mostPictures = 300;
