// What a command works on: one tenant, its picture store, and what the stack declares of them. A value has the name
// that the stack's output has.
import type { Auth0ProviderSettings } from "../../components/auth0/provider-settings.ts";

export interface Target {
  /** The tenant, and who calls its Management API. */
  readonly auth0: Auth0ProviderSettings;
  /** Undefined for a stack without a store. */
  readonly store: StoreTarget | undefined;
  /** Undefined where nothing names the Action. */
  readonly action: ActionTarget | undefined;
  /** `https://…/`; where the default picture is. Undefined where there is none. */
  readonly defaultPictureUrl: string | undefined;
  /** The declared sync setting of each connection, by its name: `on_first_login` or `on_each_login`. */
  readonly connections: Readonly<Record<string, string>>;
  /** Of a store's own host, where the stack does not set them itself. */
  readonly dnsRecords: readonly { readonly name: string; readonly type: string; readonly value: string }[];
  /** The tenant's own domain that the stack expects, where it says so. */
  readonly expectedTenant: string | undefined;
  /** The accounts that the stack expects (`expectedAwsAccount`, `aws:allowedAccountIds`). Empty: any. */
  readonly expectedAwsAccounts: readonly string[];
}

export interface StoreTarget {
  readonly bucketName: string;
  /** `https://…/`, with its closing slash. */
  readonly pictureBaseUrl: string;
  /** Undefined: no edge is told to forget. */
  readonly distributionId: string | undefined;
  /** The bucket's. Undefined: what the AWS SDK finds in its own configuration. */
  readonly region: string | undefined;
}

export interface ActionTarget {
  readonly actionId: string;
  /** The version that the last deployment made live. */
  readonly actionVersionId: string | undefined;
}
