// Who can sign in to the demo, and a tenant that has them: users of the tenant's own database, and of two identity
// providers, one of which writes its picture at each login.
import type { ManagementClient } from "auth0";
import type { Tenant } from "../tenant/tenant.ts";

interface DemoPerson {
  readonly name: string;
  readonly email: string;
  readonly connection: string;
  /** The subject and the picture at the identity provider; absent for a user of the database. */
  readonly provider?: { readonly sub: string; readonly picture: string };
  /** `user_metadata.picture` at the beginning. */
  readonly metadataPicture?: string;
}

const database = "Username-Password-Authentication";
const google = "google-oauth2";
const github = "github";

const people: readonly DemoPerson[] = [
  { name: "Ada Lind", email: "ada@example.com", connection: database },
  { name: "Grace Okafor", email: "grace@example.com", connection: database },
  {
    ...{ name: "Linus Berg", email: "linus@example.com", connection: google },
    provider: { sub: "108204268033311374519", picture: "https://lh3.googleusercontent.com/a/linus" },
  },
  {
    ...{ name: "Margaret Ito", email: "margaret@example.com", connection: github },
    provider: { sub: "583231", picture: "https://avatars.githubusercontent.com/u/583231" },
  },
  {
    ...{ name: "Mallory Quinn", email: "mallory@example.com", connection: database },
    metadataPicture: "https://tracker.example.net/mallory.png",
  },
];

/** Who is there already is kept as they are, with the pictures that they were given; only a name may be completed. */
export async function preparePeople(tenant: Tenant, management: ManagementClient): Promise<void> {
  await prepareGitHub(management);
  for (const { name, email, connection, provider, metadataPicture } of people) {
    if (provider) {
      const isKnown = tenant.identityProvider.profiles(connection).some(({ sub }) => sub === provider.sub);
      if (!isKnown) tenant.identityProvider.setProfile(connection, { ...provider, email, name });
      continue;
    }
    const user_id = email.replace(/@.*/, "");
    const [user] = await management.users.listUsersByEmail({ email });
    // As `npm start` creates them.
    if (user?.user_id !== undefined && user.name === user_id) await management.users.update(user.user_id, { name });
    if (user) continue;
    await management.users.create({
      ...{ connection, user_id, email, name, password: `${crypto.randomUUID()}-Aa1` },
      ...(metadataPicture !== undefined && { user_metadata: { picture: metadataPicture } }),
    });
  }
}

/** The connection that no stack has touched: by Auth0's default its identity provider writes the picture each time. */
async function prepareGitHub(management: ManagementClient): Promise<void> {
  const found = await management.connections.list({ name: github });
  if (found.data.length > 0) return;
  const options = { client_id: "sandbox", client_secret: crypto.randomUUID(), scope: ["email"], email: true };
  await management.connections.create({ name: github, strategy: "github", options });
}
