// The resource that holds that an Action's live version is the declared one; what it does is in deployment-provider.ts.
import type * as pulumi from "@pulumi/pulumi";
import { TenantResource } from "../custom-resource.ts";

interface ActionDeploymentArgs {
  actionId: pulumi.Input<string>;
  actionName: pulumi.Input<string>;
  codeSha256: pulumi.Input<string>;
  loginFlow?: pulumi.Input<string>[];
}

/** Also refuses, in a preview, a name that another Action has, and a list of the login flow that is not complete. */
export class ActionDeployment extends TenantResource {
  declare readonly versionId: pulumi.Output<string>;

  constructor(name: string, args: ActionDeploymentArgs, opts: pulumi.CustomResourceOptions) {
    const module = "auth0-user-pictures/deployment-provider";
    const implementation = { module, factory: "actionDeploymentProvider", deletesNothing: true } as const;
    super("ActionDeployment", implementation, name, { ...args, versionId: undefined }, opts);
  }
}
