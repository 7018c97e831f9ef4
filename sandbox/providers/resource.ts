// A provider's stand-in: a table from type tokens to implementations, and the contract of an implementation.
import type { Properties } from "./protocol.ts";
import type { CheckFailure, SdkArguments } from "./sdk-types.ts";

/** A provider package: its name in type tokens, its configuration, its resources. */
export interface StandIn {
  readonly name: string;
  /** The npm package whose types it takes. */
  readonly sdk: string;
  /** Of the plugin that it behaves as. */
  readonly version: string;
  /**
   * @param config the provider's settings without their prefix, such as `{ domain: "…" }` for `auth0:domain`. Each
   *   provider resource of a program has a stand-in of its own.
   */
  configure(config: Readonly<Record<string, string>>): void;
  /** By type token. */
  readonly resources: Readonly<Record<string, ResourceImplementation & Omit<SdkArguments, "sdk">>>;
  /** By token: what an invoke returns. */
  readonly functions?: Readonly<Record<string, (args: Properties) => Properties>>;
}

export interface Context {
  readonly urn: string;
  /** The resource's `customTimeouts`, in seconds; 0 if there are none. */
  readonly timeoutSeconds: number;
}

export interface ResourceImplementation {
  /** Outputs that the service sets if the program does not. In the preview of a create they are unknown. */
  readonly computed: readonly string[];
  /** The same inside of inputs that the program does give, of an object or of each item of a list. */
  readonly computedInside?: readonly { readonly path: readonly string[]; readonly names: readonly string[] }[];
  /** What the provider decides of them itself, before the service is asked. */
  readonly plan?: (inputs: Properties) => Properties;
  /** Inputs that have a value where the program gives none. */
  readonly defaults?: Properties;
  /** Inputs whose items have no order. */
  readonly sets?: readonly string[];
  /** Inputs whose change replaces the resource. */
  readonly replaceOnChanges: readonly string[];
  /** Whether a change replaces the resource that does not show by the input's name alone. */
  readonly mustReplace?: (path: string, state: Properties, planned: Properties) => boolean;
  /** The outputs whose value in the state replaces the resource, unless the program ignores their changes. */
  readonly replaceForState?: (state: Properties, news: Properties) => readonly string[];
  /** The input that autonaming sets if the program does not. What is too long is not cut: the service refuses it. */
  readonly autoname?: {
    readonly property: string;
    /** The service takes lower case only. */
    readonly lowerCase?: true;
    /** The logical name as it is, without a random suffix. */
    readonly exact?: true;
    /** Other inputs that name the resource. */
    readonly unless?: readonly string[];
  };
  /** The provider's own rules, in addition to the SDK's types. An unknown value must pass. */
  readonly check?: (inputs: Properties) => readonly CheckFailure[];
  /** The inputs in the form in which they are compared and kept. */
  readonly normalize?: (inputs: Properties) => Properties;
  /** Returns undefined if the resource was gone when the provider read it afterwards. */
  readonly create: (inputs: Properties, context: Context) => Promise<Created | undefined> | Created | undefined;
  /** What a read warns of if the resource does not exist. */
  readonly goneWarning?: (id: string) => string;
  /** Returns undefined if the resource does not exist (any more). `state` is empty for an import. */
  readonly read: (id: string, state: Properties) => Promise<Created | undefined> | Created | undefined;
  /**
   * Returns the new outputs, or undefined if the resource does not exist any more. If it is absent, every change
   * replaces the resource.
   */
  readonly update?: (
    id: string,
    state: Properties,
    inputs: Properties,
    context: Context,
  ) => Promise<Properties | undefined> | Properties | undefined;
  /** The outputs that an update with these inputs changes. In its preview the others keep their values. */
  readonly computedByUpdate?: (state: Properties, inputs: Properties) => readonly string[];
  /** Succeeds if the resource does not exist any more. */
  readonly delete: (id: string, state: Properties) => Promise<void> | void;
}

/** Adds the names that the SDK has for a resource's module and arguments. They follow from its type token. */
export const withSdkNames = (resources: Readonly<Record<string, ResourceImplementation>>): StandIn["resources"] =>
  Object.fromEntries(
    Object.entries(resources).map(([token, implementation]) => {
      const [, module = "", name = ""] = token.split(":");
      return [token, { ...implementation, module: module.replace(/^index\//, ""), args: `${name}Args` }];
    }),
  );

export interface Created {
  readonly id: string;
  readonly outputs: Properties;
}

/** The object exists, but a later step of its creation failed. */
export class PartlyCreated extends Error {
  override readonly name = "PartlyCreated";
  readonly id: string;

  constructor(cause: unknown, id: string) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.id = id;
  }
}
