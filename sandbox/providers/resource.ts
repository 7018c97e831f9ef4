// What a stand-in is: a table from type token to resource implementation, and what each implementation promises.
import type { Properties } from "./protocol.ts";
import type { CheckFailure, SdkArguments } from "./sdk-types.ts";

/** A provider package: its name as in type tokens, what configures it, its resources. */
export interface StandIn {
  readonly name: string;
  /** The npm package whose types and version count. */
  readonly sdk: string;
  /**
   * @param config the provider's settings without their prefix: `{ domain: "…" }` for `auth0:domain`. One attached server
   *   serves every provider resource of its package, so the last configuration counts.
   */
  configure(config: Readonly<Record<string, string>>): void;
  readonly resources: Readonly<Record<string, ResourceImplementation>>;
  /** By token, what an invoke answers. */
  readonly functions?: Readonly<Record<string, (args: Properties) => Properties>>;
}

export interface Context {
  readonly urn: string;
  /** `customTimeouts`, in seconds; 0: none given. */
  readonly timeoutSeconds: number;
}

export interface ResourceImplementation extends Omit<SdkArguments, "sdk"> {
  /** Outputs that the service decides where the program does not: unknown in the preview of a create. */
  readonly computed: readonly string[];
  /** Inputs whose change replaces the resource. */
  readonly replaceOnChanges: readonly string[];
  /** The input that is named after the resource where the program gives none. */
  readonly autoname?: {
    readonly property: string;
    readonly maxLength: number;
    /** The service takes lower case only. */
    readonly lowerCase?: true;
    /** The logical name as it is, with no random suffix. */
    readonly exact?: true;
    readonly unless?: readonly string[];
  };
  /** The provider's own rules, beside those of the SDK's types. An unknown value must pass. */
  readonly check?: (inputs: Properties) => readonly CheckFailure[];
  /** The inputs in the form in which they are compared and kept. */
  readonly normalize?: (inputs: Properties) => Properties;
  readonly create: (inputs: Properties, context: Context) => Promise<Created> | Created;
  /** Undefined: it does not exist (any more). `state` is empty for an import. */
  readonly read: (id: string, state: Properties) => Promise<Created | undefined> | Created | undefined;
  /** Returns the new outputs. Absent: any change replaces. */
  readonly update?: (
    id: string,
    state: Properties,
    inputs: Properties,
    context: Context,
  ) => Promise<Properties> | Properties;
  /** Outputs that an update with these inputs decides anew; the others keep their value in its preview. */
  readonly computedByUpdate?: (state: Properties, inputs: Properties) => readonly string[];
  /** Succeeds for what is already gone. */
  readonly delete: (id: string, state: Properties) => Promise<void> | void;
}

export interface Created {
  readonly id: string;
  readonly outputs: Properties;
}

/** The object exists, and something after that failed: the engine keeps it in the state and the next `up` goes on from it. */
export class ResourceInitFailed extends Error {
  override readonly name = "ResourceInitFailed";
  readonly id: string;
  readonly outputs: Properties;

  constructor(cause: unknown, { id, outputs }: Created) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.id = id;
    this.outputs = outputs;
  }
}
