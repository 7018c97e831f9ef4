// What an engine's process sees of the user's environment: an allow-list. Credentials of AWS, Auth0 or Pulumi that are not on it cannot be
// used by the engine, the program or a provider, whatever variable or file of the home folder holds them.
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The user's variables that are handed on, and what for. None holds a credential or leads to one. */
const inherited = {
  PATH: "finds `pulumi`'s own plugins, `sh` and `node`; the sandbox's own folder comes before it",
  TMPDIR: "where the machine wants temporary files",
  USER: "the engine notes who holds a lock, and without it fails for a user whom /etc/passwd does not know",
  LANG: "how text is encoded",
  LC_ALL: "as LANG",
  LC_CTYPE: "as LANG",
  TERM: "which colours the terminal has",
  TZ: "local time in the engine's history",
} as const satisfies Record<string, string>;

/** The folders and files of one sandbox, below its own folder. */
export function sandboxPaths(folder: string) {
  return {
    /** Holds a link, `node`, to the Node that runs this: dynamic providers and policy packs start the first `node` on PATH. */
    bin: join(folder, "bin"),
    /** Instead of the user's, which may hold ~/.aws, ~/.pulumi, ~/.config/auth0, ~/.netrc. */
    home: join(folder, "home"),
    pulumiHome: join(folder, "pulumi-home"),
    passphrase: join(folder, "passphrase"),
    /** The file:// backend: the stack's state, locks and history. */
    state: join(folder, "state"),
    /** Copies of Pulumi.yaml and the stack's settings. */
    work: join(folder, "work"),
  };
}

export type SandboxPaths = ReturnType<typeof sandboxPaths>;

/**
 * The whole environment of an engine's process.
 *
 * @param sandbox What leads to the sandbox's own tenant and edge: `AUTH0_*`, `NODE_EXTRA_CA_CERTS`, `PULUMI_DEBUG_PROVIDERS`.
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
    // Without it the AWS SDKs would take the role of the virtual machine that they run on.
    AWS_EC2_METADATA_DISABLED: "true",
    PULUMI_HOME: paths.pulumiHome,
    PULUMI_BACKEND_URL: `file://${paths.state}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: paths.passphrase,
    // Else the engine goes to fetch the official plugins of the providers that a state names, although stand-ins are attached.
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // Each operation starts Node a few times, with the same modules. The folder is the one that Node itself would take, and tells users apart.
    NODE_COMPILE_CACHE: join(tmpdir(), "node-compile-cache"),
  };
}
