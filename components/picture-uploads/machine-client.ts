// A machine-to-machine application of the tenant, with one scope of the Management API, and what a function needs to
// log in as it: a secret in Parameter Store, or a key that never leaves KMS.
import { Client } from "@pulumi/auth0/client.js";
import { ClientCredentials } from "@pulumi/auth0/clientCredentials.js";
import { ClientGrant } from "@pulumi/auth0/clientGrant.js";
import * as pulumi from "@pulumi/pulumi";
import { aws } from "../aws.ts";
import { assertNoRefusals } from "../validation.ts";
import type { Statement } from "./function-role.ts";
import type { PictureUploadsArgs } from "./upload-args.ts";
import { ClientAuthentication } from "./upload-sets.ts";

export interface MachineClientArgs extends Pick<PictureUploadsArgs, "clientAuthentication" | "tags"> {
  /** The component, as in `PictureUploads "uploads"`. */
  readonly subject: string;
  /** The tenant's own. */
  readonly domain: pulumi.Input<string>;
  /** As the logical names and the functions' environment say it. */
  readonly role: "reader" | "writer";
  /** Of the Management API. */
  readonly scope: string;
  readonly description: string;
}

export interface NewMachineClient {
  readonly clientId: pulumi.Output<string>;
  /** What a function is told, to log in as it. */
  readonly environment: Readonly<Record<string, pulumi.Input<string>>>;
  /** What a function's role may, to log in as it. */
  readonly statement: Statement;
}

export function newMachineClient(
  name: string,
  args: MachineClientArgs,
  opts: pulumi.CustomResourceOptions,
): NewMachineClient {
  const { domain, role, scope, description, clientAuthentication } = args;
  const isByKey = clientAuthentication === ClientAuthentication.PrivateKeyJwt;
  // Another client for another way to log in: the functions use the old one until they know the new one. A client that
  // changes its way has none meanwhile, and a provider that replaces its credentials takes the new ones away too.
  const clientName = isByKey ? `${name}-${role}-by-key` : `${name}-${role}`;
  const client = new Client(
    clientName,
    { description, appType: "non_interactive", grantTypes: ["client_credentials"], oidcConformant: true },
    opts,
  );
  const audience = pulumi.interpolate`https://${domain}/api/v2/`;
  const grant = new ClientGrant(
    `${clientName}-grant`,
    { clientId: client.clientId, audience, scopes: [scope] },
    // A tenant has one grant for a client and an API: the provider would take the old one for the new, and delete it.
    { ...opts, deleteBeforeReplace: true },
  );
  const { variable, value, statement } = (isByKey ? byKey : bySecret)(name, args, client, opts);
  return {
    clientId: client.clientId,
    environment: {
      // A client without its grant logs in to nothing.
      [`${role.toUpperCase()}_CLIENT_ID`]: pulumi.all([grant.clientId, client.clientId]).apply(([, id]) => id),
      [`${role.toUpperCase()}_${variable}`]: value,
    },
    statement,
  };
}

interface Login {
  readonly variable: string;
  readonly value: pulumi.Output<string>;
  readonly statement: Statement;
}

function bySecret(
  name: string,
  { subject, role, tags }: MachineClientArgs,
  client: Client,
  opts: pulumi.CustomResourceOptions,
): Login {
  const credentials = new ClientCredentials(
    `${name}-${role}-credentials`,
    { clientId: client.clientId, authenticationMethod: ClientAuthentication.ClientSecretPost },
    opts,
  );
  const parameter = new aws.Parameter(
    `${name}-${role}-secret`,
    {
      type: "SecureString",
      description: `The secret of the Auth0 application with which picture uploads log in as ${role}`,
      // A secret of the provider's, and of the parameter too.
      value: credentials.clientSecret.apply((secret) => shownSecret(subject, secret)),
      ...(tags && { tags }),
    },
    opts,
  );
  return {
    variable: "SECRET_PARAMETER",
    value: parameter.name,
    statement: { Sid: `LogIn${capital(role)}`, Effect: "Allow", Action: "ssm:GetParameter", Resource: parameter.arn },
  };
}

/** Auth0 shows a secret to who may read it only, and the provider takes its absence for an empty text. */
function shownSecret(subject: string, secret: string): string {
  const message =
    "Auth0 does not show the secret of the application that was made for the functions: the client that the auth0 " +
    "provider logs in as needs the scope read:client_keys. Grant it, and run pulumi up --refresh.";
  assertNoRefusals(`${subject} cannot be created:`, secret === "" ? [{ path: [], message }] : []);
  return secret;
}

function byKey(
  name: string,
  { role, tags }: MachineClientArgs,
  client: Client,
  opts: pulumi.CustomResourceOptions,
): Login {
  const key = new aws.Key(
    `${name}-${role}-key`,
    {
      description: `Signs what picture uploads log in to Auth0 with as ${role}`,
      keyUsage: "SIGN_VERIFY",
      customerMasterKeySpec: "RSA_2048",
      ...(tags && { tags }),
    },
    opts,
  );
  const { publicKeyPem: pem } = aws.getPublicKeyOutput({ keyId: key.arn }, opts);
  const credentials = new ClientCredentials(
    `${name}-${role}-by-key-credentials`,
    {
      clientId: client.clientId,
      authenticationMethod: ClientAuthentication.PrivateKeyJwt,
      privateKeyJwt: {
        credentials: [{ credentialType: "public_key", name: `${name}-${role}`, algorithm: "RS256", pem }],
      },
    },
    opts,
  );
  return {
    variable: "SIGNING_KEY",
    value: pulumi.all([key.arn, credentials.id]).apply(([arn]) => arn),
    statement: { Sid: `LogIn${capital(role)}`, Effect: "Allow", Action: "kms:Sign", Resource: key.arn },
  };
}

const capital = (role: MachineClientArgs["role"]) => (role === "reader" ? "AsReader" : "AsWriter");
