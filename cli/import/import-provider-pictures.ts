// `import --from-identity-provider`: pictures that connections gave, copied into the store, so that they do not expire
// and tell no third party who looks at whom. From then on they no longer follow the provider.
import { resolve } from "node:path";
import { showableUrl } from "../../actions/user-picture/picture.ts";
import type { CommandContext } from "../command-context.ts";
import type { TenantUser } from "../tenant/users-api.ts";
import type { CommandOutcome } from "../terminal/command-outcome.ts";
import { printable } from "../terminal/printable.ts";
import type { JournalEntry } from "./import-journal.ts";
import type { ImportRow } from "./import-row.ts";
import { importWith } from "./import-with.ts";
import type { ImportTestOptions } from "./import-with.ts";
import { providerHosts, providerPicture } from "./provider-hosts.ts";
import type { IsProviderHost, ProviderPicture } from "./provider-hosts.ts";
import { wasCutOff } from "./run-import.ts";

export interface ImportProviderPicturesArgs {
  /** The pictures of these only, of linked identities too. @default root pictures, whatever connection gave them */
  readonly connections?: readonly string[];
  /** Besides those of the providers that are known. @default none */
  readonly hosts?: readonly string[];
  readonly format: "webp" | "jpeg";
  readonly journal?: string;
  readonly report?: string;
}

const ownPicture = "they have chosen a picture of their own";

export async function importProviderPictures(
  context: CommandContext,
  args: ImportProviderPicturesArgs,
  options: ImportTestOptions = {},
): Promise<CommandOutcome> {
  const { format, connections, hosts } = args;
  const isProviderHost = providerHosts(hosts);
  const pictureOf = (user: TenantUser) => chosenPicture(user, { connections, isProviderHost });
  // There is no table beside which they could be, and there may be more tenants than one.
  const stem = `provider-pictures-${context.target.auth0.domain.replace(/[^\w.-]/g, "-")}`;
  const leftAlone: Record<string, number> = {};
  const seen = new Set<string>();
  const outcome = await importWith(
    context,
    {
      ...{ format, attribute: "metadata" },
      rows: (entryOf) => rowsOf(context, { pictureOf, leftAlone, seen, wasTaken: (user) => isTaken(entryOf(user)) }),
      leftAlone,
      name: "What the connections gave",
      // The users are whoever is there.
      fingerprint: "",
      journalPath: args.journal ?? resolve(`${stem}.import.jsonl`),
      reportPath: args.report ?? resolve(`${stem}.failed.csv`),
      fetching: { isAllowedHost: isProviderHost },
      // They may have chosen one since the users were exported.
      leaveAlone: (user) => (hasOwnPicture(user) ? ownPicture : undefined),
    },
    options,
  );
  const text = Number(outcome.json["done"]) > 0 ? `${outcome.text}\n${followsNoMore}` : outcome.text;
  // A slip in a name would look as if there were nothing to do.
  const unknown = connections?.filter((name) => !seen.has(name)) ?? [];
  if (unknown.length === 0 || outcome.json["interrupted"] === true) return { ...outcome, text };
  const lines = unknown.map((name) => `No user has an account of the connection ${printable(name)}: is that its name?`);
  return {
    json: { ...outcome.json, unknownConnections: unknown },
    text: [text, ...lines].join("\n"),
    hasFailed: true,
  };
}

const followsNoMore =
  "From then on these pictures no longer follow the identity provider: a new one there does not show. For one user, " +
  `"user-pictures unset USER" undoes that.`;

const hasOwnPicture = ({ user_metadata }: TenantUser) => showableUrl(user_metadata?.["picture"]) !== undefined;

interface Choice {
  readonly connections: readonly string[] | undefined;
  readonly isProviderHost: IsProviderHost;
}

/** The root picture, which the user's own connection gave; and by name that of a linked identity. */
function chosenPicture(user: TenantUser, { connections, isProviderHost }: Choice): ProviderPicture | undefined {
  const { identities = [], picture: root } = user;
  const [own, ...linked] = identities;
  const isChosen = (connection: string | undefined) =>
    connections === undefined || (connection !== undefined && connections.includes(connection));
  const pictures = [
    ...(isChosen(own?.connection) ? [root] : []),
    ...(connections === undefined ? [] : linked)
      .filter(({ connection }) => isChosen(connection))
      .map(({ profileData }) => profileData?.["picture"]),
  ];
  const found = pictures.flatMap((picture) => providerPicture(picture, isProviderHost, Date.now()) ?? []);
  return found.find((picture) => "url" in picture) ?? found[0];
}

/** What such a user names may be what a run before has stored. */
const isTaken = (entry: JournalEntry | undefined): boolean => entry?.step === "done" || wasCutOff(entry);

interface RowOptions {
  readonly pictureOf: (user: TenantUser) => ProviderPicture | undefined;
  /** Why others are, and how many. */
  readonly leftAlone: Record<string, number>;
  /** The connections of which users have accounts. */
  readonly seen: Set<string>;
  readonly wasTaken: (userId: string) => boolean;
}

async function* rowsOf(
  { tenant, terminal }: CommandContext,
  { pictureOf, leftAlone, seen, wasTaken }: RowOptions,
): AsyncGenerator<ImportRow> {
  const count = (reason: string) => (leftAlone[reason] = (leftAlone[reason] ?? 0) + 1);
  for await (const user of tenant.users.everyUser()) {
    const { user_id, identities = [] } = user;
    for (const { connection } of identities) seen.add(connection);
    const picture = pictureOf(user);
    if (picture === undefined) count("their picture is from no identity provider");
    else if (hasOwnPicture(user) && !wasTaken(user_id)) count(ownPicture);
    else if ("skipped" in picture) {
      terminal.say(`${printable(user_id)}: ${picture.skipped}.`);
      count(picture.skipped);
    } else {
      const original = picture.original ?? picture.url;
      yield { place: "A user", user: user_id, picture: original, source: picture, refusal: undefined };
    }
  }
}
