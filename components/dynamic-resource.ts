// A dynamic resource, whose provider in the state is a constant text: it only finds and imports, by the package's own
// name, what does the work.
import type * as pulumi from "@pulumi/pulumi";

/** The value that Pulumi's engine passes for an input that is not known yet. */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** What does the work: made from the stack's config, once for each process. */
export type Implementation<Inputs, State> = Required<Omit<pulumi.dynamic.ResourceProvider<Inputs, State>, "configure">>;

/**
 * A module of this package, and its function that makes the implementation. Both names stand in every state and
 * never change.
 */
export interface ImplementationName {
  readonly module: `auth0-user-pictures/${string}`;
  readonly factory: string;
  /** Its `delete` does nothing, so it is not loaded for it. */
  readonly deletesNothing?: true;
}

/** Set to 1, it lets go of what cannot be read, compared or deleted any more, because the package is gone. */
const leave = "AUTH0_USER_PICTURES_LEAVE";

/**
 * The provider as Pulumi's dynamic provider loads it: a CommonJS module with a `handler` that returns the provider
 * (@pulumi/pulumi, cmd/dynamic-provider). Pulumi's own serialisation of a class would write the class's text, at
 * ten times the size, and take a quarter of a second for it at each preview. `refresh` and `delete` run the text
 * that the last update wrote, so a change of it is a decision: see whether the old one still works.
 *
 * Node looks for the package from the program's folder. Where that folder does not see it (pnpm, a nested install,
 * and a dependency between them), the dependencies of the manifests from there up are walked until one of them has
 * it. A state whose text knew the bare name only is updated there, once, and nowhere else: there that text fails.
 * So is a state that has no text, because the plugin has made it: refresh and delete would find none.
 */
function providerText({ module, factory, deletesNothing }: ImplementationName): string {
  const remove = deletesNothing
    ? `async () => {}`
    : `(id, props) => use((provider) => provider.delete(id, props), () => undefined)`;
  return `const { readFileSync, realpathSync } = require("node:fs");
const { createRequire } = require("node:module");
const { dirname, join } = require("node:path");
const { pathToFileURL } = require("node:url");
const name = "auth0-user-pictures";

const upFrom = (folder) => (dirname(folder) === folder ? [folder] : [folder, ...upFrom(dirname(folder))]);
const manifestOf = (folder) => {
  try {
    return JSON.parse(new TextDecoder().decode(readFileSync(join(folder, "package.json")))) ?? {};
  } catch {
    return {};
  }
};
const folderOf = (dependency, user) => {
  for (const folder of upFrom(user)) {
    try {
      return realpathSync(join(folder, "node_modules", dependency));
    } catch {}
  }
};
const findPackage = () => {
  const folders = new Set(upFrom(process.cwd()));
  for (const folder of folders) {
    const manifest = manifestOf(folder);
    if (manifest.name === name) return folder;
    for (const kind of ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"])
      for (const dependency of Object.keys(manifest[kind] ?? {})) {
        const found = folderOf(dependency, folder);
        if (found) folders.add(found);
      }
  }
};
const goneError = (advice = "") => {
  const error = new Error("The package " + name + " cannot be found from " + process.cwd() +
    ". Add it to the dependencies there, install them, and run this command again." + advice);
  error.stack = "";
  // Pulumi prints this line beside the error itself.
  const [line, print] = [error + ": ", console.error];
  console.error = (...words) => void (words[0] === line || print(...words));
  return Object.assign(error, { isGone: true });
};

exports.handler = () => {
  let config = { get: () => undefined };
  let loaded;
  let isFarAway = false;
  const importFarAway = (error) => {
    if (error.code !== "ERR_MODULE_NOT_FOUND" || !error.message.includes("'" + name + "'")) throw error;
    const folder = findPackage();
    if (!folder) throw goneError();
    isFarAway = true;
    return import(pathToFileURL(createRequire(join(folder, "package.json")).resolve("${module}")));
  };
  const load = () =>
    (loaded ??= import("${module}").catch(importFarAway).then((module) => module.${factory}(config)));
  const use = async (work, left) => {
    const provider = await load().catch((error) => {
      if (!error.isGone) throw error;
      if (!left) throw goneError();
      if (process.env.${leave} !== "1")
        throw goneError(" Or leave this resource's work as it is: set ${leave}=1.");
      console.info("The package " + name + " is gone: this resource's work is left as it is (${leave}).");
    });
    return provider ? work(provider) : left();
  };
  const isOld = ({ __provider }) =>
    __provider === undefined || (isFarAway && !String(__provider).includes("node:module"));
  return {
    configure: async (request) => void (config = request.config),
    check: (olds, news) => use((provider) => provider.check(olds, news)),
    diff: (id, olds, news) =>
      use(
        async (provider) => {
          const found = await provider.diff(id, olds, news);
          return isOld(olds) ? { ...found, changes: true } : found;
        },
        () => ({ changes: false }),
      ),
    create: (inputs) => use((provider) => provider.create(inputs)),
    read: (id, props) => use((provider) => provider.read(id, props), () => ({ id, props })),
    update: (id, olds, news) => use((provider) => provider.update(id, olds, news)),
    delete: ${remove},
  };
};
`;
}

/** The type of a dynamic resource. It stands in states and never changes. */
export const dynamicType = (name: string): string => `pulumi-nodejs:dynamic/auth0-user-pictures:${name}`;

/** The properties of what `pulumi.dynamic.Resource` is, with this text for a provider. */
export const dynamicProperties = (implementation: ImplementationName, props: pulumi.Inputs): pulumi.Inputs => ({
  ...props,
  __provider: providerText(implementation),
});
