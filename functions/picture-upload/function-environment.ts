// What the function is told by its environment. Whoever deploys it sets these, and AWS sets the others.
import { processingLimits } from "./process-picture.ts";

/** Who calls the Management API: a machine-to-machine application, and where its secret is. */
export interface MachineClient {
  readonly clientId: string;
  /** The name of an SSM parameter, a SecureString, that is the client's secret. */
  readonly secretParameter: string;
}

export interface FunctionEnvironment {
  /** `PICTURE_BUCKET` */
  readonly bucket: string;
  /** `PICTURE_BASE_URL`: `https://…/`, which ends with a slash. */
  readonly baseUrl: string;
  /** `AUTH0_DOMAIN`: the tenant's own, such as `example.eu.auth0.com`. Its Management API has no other. */
  readonly domain: string;
  /** `READER_CLIENT_ID` and `READER_SECRET_PARAMETER`: with `read:users`. */
  readonly reader: MachineClient;
  /**
   * `WRITER_CLIENT_ID` and `WRITER_SECRET_PARAMETER`: with `update:users`. Undefined where `WRITE_BACK` is `none`: the
   * page writes `user_metadata.picture` itself, and no credential that could is here.
   */
  readonly writer: MachineClient | undefined;
  /** `MAX_PICTURES`: how many different pictures a user may have, those that expire too. @default 50 */
  readonly maxPictures: number;
  /** `MAX_SECONDS`: how long a picture may be processed. @default 5 */
  readonly maxSeconds: number;
  /** `AWS_REGION` */
  readonly region: string;
  /** `AWS_ENDPOINT_URL_S3` and `AWS_ENDPOINT_URL_SSM`, as AWS's SDKs know them. @default AWS's own */
  readonly endpoints: { readonly s3: string | undefined; readonly ssm: string | undefined };
}

type Variables = Readonly<Record<string, string | undefined>>;

/** @throws Error that names the variable which is missing, or is not as it should be */
export function readEnvironment(variables: Variables): FunctionEnvironment {
  const needed = (name: string): string => {
    const value = variables[name];
    if (!value) throw new Error(`The environment variable ${name} is not set.`);
    return value;
  };
  const client = (role: "READER" | "WRITER"): MachineClient => ({
    clientId: needed(`${role}_CLIENT_ID`),
    secretParameter: needed(`${role}_SECRET_PARAMETER`),
  });
  const writeBack = variables["WRITE_BACK"] || "user_metadata";
  if (writeBack !== "user_metadata" && writeBack !== "none")
    throw new Error(`WRITE_BACK is user_metadata or none, and ${writeBack} was given.`);
  const number = (name: string, preset: number, most: number): number => {
    const value = Number(variables[name] || preset);
    if (Number.isSafeInteger(value) && value >= 1 && value <= most) return value;
    throw new Error(`${name} is a whole number from 1 to ${most}.`);
  };
  return {
    bucket: needed("PICTURE_BUCKET"),
    baseUrl: needed("PICTURE_BASE_URL"),
    domain: needed("AUTH0_DOMAIN"),
    reader: client("READER"),
    writer: writeBack === "none" ? undefined : client("WRITER"),
    maxPictures: number("MAX_PICTURES", 50, mostPictures),
    maxSeconds: number("MAX_SECONDS", processingLimits.maxSeconds, 900),
    region: needed("AWS_REGION"),
    endpoints: { s3: variables["AWS_ENDPOINT_URL_S3"], ssm: variables["AWS_ENDPOINT_URL_SSM"] },
  };
}

/** A folder is read by one list, of a thousand objects, and a picture has three. */
const mostPictures = 300;
