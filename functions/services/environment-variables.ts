// What the functions are told by their environments. Whoever deploys them sets these variables, and AWS the others.

export type Variables = Readonly<Record<string, string | undefined>>;

/** Who calls the Management API: a machine-to-machine application, and how it proves that it is the one. */
export type MachineClient = { readonly clientId: string } & (
  | {
      /** The name of an SSM parameter, a SecureString, that is the client's secret. */
      readonly secretParameter: string;
      readonly signingKey?: undefined;
    }
  | {
      /** The id or ARN of a KMS key whose public half Auth0 has for the client. */
      readonly signingKey: string;
      readonly secretParameter?: undefined;
    }
);

/** What every function is told. */
export interface ServiceSettings {
  /** `PICTURE_BUCKET` */
  readonly bucket: string;
  /** `AUTH0_DOMAIN`: the tenant's own, such as `example.eu.auth0.com`. Its Management API has no other. */
  readonly domain: string;
  /** `READER_CLIENT_ID`, and `READER_SECRET_PARAMETER` or `READER_SIGNING_KEY`: with `read:users`. */
  readonly reader: MachineClient;
  /** `AWS_REGION` */
  readonly region: string;
  /** `AWS_ENDPOINT_URL_S3` and so on, as AWS's SDKs know them. @default AWS's own */
  readonly endpoints: Readonly<Record<"s3" | "ssm" | "kms" | "cloudFront", string | undefined>>;
}

/** @throws Error that names the variable which is missing, or is not as it should be */
export function serviceSettings(variables: Variables): ServiceSettings {
  return {
    bucket: requiredVariable(variables, "PICTURE_BUCKET"),
    domain: requiredVariable(variables, "AUTH0_DOMAIN"),
    reader: machineClient(variables, "READER"),
    region: requiredVariable(variables, "AWS_REGION"),
    endpoints: {
      s3: variables["AWS_ENDPOINT_URL_S3"],
      ssm: variables["AWS_ENDPOINT_URL_SSM"],
      kms: variables["AWS_ENDPOINT_URL_KMS"],
      cloudFront: variables["AWS_ENDPOINT_URL_CLOUDFRONT"],
    },
  };
}

/** @throws Error */
export function requiredVariable(variables: Variables, name: string): string {
  const value = variables[name];
  if (!value) throw new Error(`The environment variable ${name} is not set.`);
  return value;
}

/** @throws Error */
export function wholeNumber(variables: Variables, name: string, preset: number, most: number, least = 1): number {
  const value = Number(variables[name] || preset);
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw new Error(`${name} is a whole number from ${least} to ${most}.`);
}

/** @throws Error */
export function machineClient(variables: Variables, role: "READER" | "WRITER"): MachineClient {
  const clientId = requiredVariable(variables, `${role}_CLIENT_ID`);
  const [secret, key] = [`${role}_SECRET_PARAMETER`, `${role}_SIGNING_KEY`];
  if (!variables[key]) return { clientId, secretParameter: requiredVariable(variables, secret) };
  if (variables[secret]) throw new Error(`Only one of ${secret} and ${key} can be set.`);
  return { clientId, signingKey: variables[key] };
}
