// The custom resources of this package. In a Node program they are dynamic resources, which need no plugin. In the
// plugin, which serves the components to every other language, they are resources of its own.
import * as pulumi from "@pulumi/pulumi";
import { dynamicProperties, dynamicType } from "./dynamic-resource.ts";
import type { ImplementationName } from "./dynamic-resource.ts";
import { ownType, pluginProcess } from "./plugin-process.ts";

/** A resource that works on the tenant of the stack's auth0 settings, by this package's own code. */
export abstract class TenantResource extends pulumi.CustomResource {
  /**
   * @param type its name, which stands in every state and never changes
   * @param opts in the plugin, `provider` is the component's settings provider
   */
  constructor(
    type: string,
    implementation: ImplementationName,
    name: string,
    props: pulumi.Inputs,
    opts: pulumi.CustomResourceOptions,
  ) {
    const plugin = pluginProcess();
    // A stack may go from a program of Node to one in another language, and back: its resources stay.
    if (plugin === undefined) {
      const aliases = [{ type: ownType(type) }];
      super(dynamicType(type), name, dynamicProperties(implementation, props), { ...opts, aliases });
    } else {
      const aliases = [{ type: dynamicType(type) }];
      super(ownType(type), name, props, { ...opts, ...plugin, aliases });
    }
  }
}
