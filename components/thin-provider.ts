// The part of a dynamic resource that Pulumi writes into the state: it only loads, by the package's own name, what does the work.
import type * as pulumi from "@pulumi/pulumi";
import type { Auth0ProviderConfig } from "./management-client.ts";

/** The value that Pulumi's engine passes for an input that is not known yet. */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** What does the work: made from the stack's config, once for each process. */
export type Implementation<Inputs, State> = Required<Omit<pulumi.dynamic.ResourceProvider<Inputs, State>, "configure">>;

/** A module's functions; `factory` names the one that makes the implementation. */
type ImplementationModule<Inputs, State> = Readonly<
  Record<string, (config: Auth0ProviderConfig) => Implementation<Inputs, State>>
>;

/**
 * Pulumi writes this class's text into the state, and runs the old text for `refresh` and `delete` after an upgrade.
 * So it stays as it is, and so do the names of the modules and of their factories that it was given.
 */
export class ThinProvider<Inputs, State> implements pulumi.dynamic.ResourceProvider<Inputs, State> {
  readonly specifier: string;
  readonly factory: string;
  config: pulumi.dynamic.Config | undefined = undefined;
  loaded: Implementation<Inputs, State> | undefined = undefined;

  constructor(specifier: string, factory: string) {
    this.specifier = specifier;
    this.factory = factory;
  }
  configure(request: pulumi.dynamic.ConfigureRequest) {
    this.config = request.config;
    return Promise.resolve();
  }
  async implementation() {
    if (this.loaded !== undefined) return this.loaded;
    const module = (await import(this.specifier)) as ImplementationModule<Inputs, State>;
    const make = module[this.factory];
    if (make === undefined) throw new Error(`${this.specifier} has no ${this.factory}`);
    return (this.loaded ??= make(this.config ?? { get: () => undefined }));
  }
  async check(olds: Inputs, news: Inputs) {
    return (await this.implementation()).check(olds, news);
  }
  async diff(id: string, olds: State, news: Inputs) {
    return (await this.implementation()).diff(id, olds, news);
  }
  async create(inputs: Inputs) {
    return (await this.implementation()).create(inputs);
  }
  async read(id: string, props?: State) {
    return (await this.implementation()).read(id, props);
  }
  async update(id: string, olds: State, news: Inputs) {
    return (await this.implementation()).update(id, olds, news);
  }
  async delete(id: string, props: State) {
    return (await this.implementation()).delete(id, props);
  }
}
