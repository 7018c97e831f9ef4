// The words in which a bridged provider reports errors: each is printed on its resource as the provider's log has it,
// and returned as a list of one. From the bridge's source (pulumi-terraform-bridge, pkg/tfshim/sdk-v2 and
// pkg/tfbridge/provider.go) and from runs of it.

export type Operation = "creating" | "refreshing" | "updating" | "deleting";

/** An error of the bridge's own, which it returns as it is. */
export class BridgeError extends Error {
  override readonly name = "BridgeError";
}

/** An error of the provider about one of the resource's attributes. */
export class AttributeError extends Error {
  override readonly name = "AttributeError";
  readonly attribute: string;

  constructor(attribute: string, message: string) {
    super(message);
    this.attribute = attribute;
  }
}

/** The provider has created the resource, read it, and not found it. */
export const nothingCreated = (urn: string) =>
  new BridgeError(`expected non-nil error with nil state during Create of ${urn}`);

export const nothingUpdated = (urn: string) =>
  new BridgeError(
    `Resource provider reported that the resource did not exist while updating ${urn}.\n\n` +
      "This is usually a result of the resource having been deleted outside of Pulumi, and can often be fixed by " +
      "running `pulumi refresh` before updating.",
  );

/** As the plugin of that version prints an error or a warning of the provider. */
export const logged = (message: string, { name, version }: { readonly name: string; readonly version: string }) =>
  `  sdk-v2/provider2.go:572: sdk.helper_schema: ${message}: provider=${name}@${version}`;

/** As the operation returns it. A resource that could not be created at all is not named. */
export function returned(error: unknown, named?: { readonly operation: Operation; readonly urn: string }): string {
  const at = error instanceof AttributeError ? `[${error.attribute}] ` : "";
  const listed = `1 error occurred:\n\t* ${at}${messageOf(error)}\n\n`;
  return named ? `${named.operation} ${named.urn}: ${listed}` : listed;
}

export const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
