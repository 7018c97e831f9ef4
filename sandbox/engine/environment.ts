// Which of the user's environment variables the engine's process gets: those on an allow-list. So neither the engine
// nor the program nor a provider can use the user's credentials for AWS, Auth0 or Pulumi, in whatever variable or file
// they are.
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** The user's variables that are passed on, and what for. They hold no credential, and lead to none. */
const inherited = {
  PATH: "to find `pulumi`'s own plugins, `sh` and `node`; the sandbox's own folder comes first",
  TMPDIR: "the machine's folder for temporary files",
  USER: "the engine writes it into locks, and fails without it for a user who is not in /etc/passwd",
  LANG: "the encoding of text",
  LC_ALL: "as LANG",
  LC_CTYPE: "as LANG",
  TERM: "the terminal's colours",
  TZ: "local time in the engine's history",
} as const satisfies Record<string, string>;

/** The folders and files in a sandbox's folder. */
export function sandboxPaths(folder: string) {
  return {
    /** Has a link `node` to this process's Node: dynamic providers and policy packs start the first `node` on PATH. */
    bin: join(folder, "bin"),
    /** In place of the user's home folder, which may have ~/.aws, ~/.pulumi, ~/.config/auth0 or ~/.netrc. */
    home: join(folder, "home"),
    pulumiHome: join(folder, "pulumi-home"),
    passphrase: join(folder, "passphrase"),
    /** The file:// backend, with the stack's state, locks and history. */
    state: join(folder, "state"),
    /** Copies of Pulumi.yaml and the stack's settings. */
    work: join(folder, "work"),
  };
}

export type SandboxPaths = ReturnType<typeof sandboxPaths>;

/**
 * The whole environment of an engine's process.
 *
 * @param sandbox the addresses and credentials of the sandbox's own tenant and edge: `AUTH0_*`, `NODE_EXTRA_CA_CERTS`,
 *   `SSL_CERT_FILE`, `PULUMI_DEBUG_PROVIDERS`
 */
export function isolatedEnvironment(
  paths: SandboxPaths,
  engineFolder: string,
  sandbox: Readonly<Record<string, string>>,
  user: NodeJS.ProcessEnv,
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const name of Object.keys(inherited)) {
    const value = user[name];
    if (value !== undefined) environment[name] = value;
  }
  return {
    ...environment,
    ...sandbox,
    PATH: [paths.bin, engineFolder, user["PATH"] ?? "/usr/bin:/bin"].join(":"),
    HOME: paths.home,
    // Else the AWS SDKs would use the credentials of the virtual machine that they run on.
    AWS_EC2_METADATA_DISABLED: "true",
    PULUMI_HOME: paths.pulumiHome,
    // Escaped: a folder's name may hold what means something else in a URL, such as `#`, `?` and `%20`.
    PULUMI_BACKEND_URL: pathToFileURL(paths.state).href,
    PULUMI_CONFIG_PASSPHRASE_FILE: paths.passphrase,
    // Else the engine downloads the official plugins of the state's providers, although stand-ins are attached.
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // An address has no space in it, and so needs no quotes.
    NODE_OPTIONS: `--import ${new URL("load-late.ts", import.meta.url).href}`,
    // Each operation starts Node a few times with the same modules. This is Node's default folder, which is one per
    // user.
    NODE_COMPILE_CACHE: join(tmpdir(), "node-compile-cache"),
  };
}
