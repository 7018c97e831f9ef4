// What the schema says of the package as a whole: all of it comes from the library's package.json.

/** What of package.json is read. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly keywords: readonly string[];
  readonly license: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly homepage?: string;
  readonly repository?: string | { readonly url: string };
}

/** The schema without its resources and types. */
export function packageFacts(manifest: Omit<Manifest, "dependencies">) {
  const { name, version, description, keywords, license, homepage } = manifest;
  const repository = repositoryOf(manifest);
  return {
    name,
    displayName: "Auth0 User Pictures",
    version,
    description,
    // The last two are words of Pulumi's registry.
    keywords: [...keywords, "category/infrastructure", "kind/component"],
    ...(homepage !== undefined && { homepage }),
    license,
    ...(repository !== undefined && { repository, ...gitHubFacts(repository) }),
    // Pulumi's default, said because `pulumi package add` of a git repository else takes the owner's name: a program
    // would import another name than where it added the folder.
    namespace: "pulumi",
    language: languages(name, repository),
  };
}

/** `git+https://github.com/owner/repository.git` → `https://github.com/owner/repository`. */
function repositoryOf({ repository }: Pick<Manifest, "repository">): string | undefined {
  const url = typeof repository === "string" ? repository : repository?.url;
  return url?.replace(/^git\+/, "").replace(/\.git$/, "");
}

/**
 * Who publishes it, whom .NET's SDK names as its author, and where the engine looks for the plugin's archive: in the
 * repository's releases. `pulumi package add` of a git tag puts the tag's own URL in its place.
 */
function gitHubFacts(repository: string) {
  const [, owner, name] = /^https:\/\/github\.com\/([^/]+)\/([^/]+)$/.exec(repository) ?? [];
  if (owner === undefined) return {};
  return { publisher: owner, pluginDownloadURL: `github://api.github.com/${owner}/${name}` };
}

/** The names that the generated SDKs have, whatever is added: a folder, a git tag or an archive. */
function languages(name: string, repository: string | undefined) {
  const oneWord = name.replaceAll("-", "");
  const goModule = `${repository?.replace(/^https:\/\//, "") ?? `example.com/pulumi-${name}`}/sdk/go`;
  // An SDK asks for the plugin of its own version.
  const respectSchemaVersion = true;
  return {
    nodejs: { respectSchemaVersion },
    python: {
      packageName: `pulumi_${name.replaceAll("-", "_")}`,
      pyproject: { enabled: true },
      respectSchemaVersion,
    },
    go: { modulePath: goModule, importBasePath: `${goModule}/${oneWord}`, respectSchemaVersion },
    csharp: { namespaces: { [name]: "Auth0UserPictures" }, respectSchemaVersion },
    java: { packages: { [name]: oneWord }, respectSchemaVersion },
  };
}
