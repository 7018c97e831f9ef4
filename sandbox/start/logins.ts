// The logins that `npm start` shows: who logs in, what happened before, and by which rule the ID token has its picture.
import type { PlainSettings } from "../../settings/stack-file.ts";
import type { DeployedStack } from "../deployed-stack.ts";
import { metadataPictureOf, ruleOf, textOf } from "../picture-rule.ts";
import { logInBySaml } from "../saml-login.ts";
import type { Sandbox } from "../sandbox.ts";
import { database, fetchStored, findUser, logIn } from "./login-row.ts";
import type { Login, Step } from "./login-row.ts";
import { deleteAndSweep, sendNoPicture, uploadPhoto } from "./upload-rows.ts";

/** A deployment of the dev stack, and the logins to it. */
interface Phase {
  /** Settings that replace those of Pulumi.dev.yaml. */
  readonly config: Readonly<Record<string, unknown>>;
  logIn(sandbox: Sandbox, deployed: DeployedStack): Promise<Step[]>;
}

const google = "google-oauth2";
const ada = "ada@example.com";
const grace = "grace@example.com";
const linus = "linus@example.com";
const mallory = "mallory@example.com";
const hedy = "hedy@example.com";

const mirrors = {
  idTokenClaim: "https://example.com/picture",
  accessTokenClaim: "picture",
  samlAttribute: "http://schemas.auth0.com/picture",
};

/**
 * The dev stack, and other settings for contrast. Together they have each mode of the default picture and each mirror.
 */
export const phases: readonly [Phase, ...Phase[]] = [
  { config: {}, logIn: logInAsDeployed },
  {
    config: { connections: { [google]: "on_each_login" }, mode: "missing" },
    logIn: logInWithSyncOff,
  },
  { config: { mode: "everyone" }, logIn: logInUnderEveryone },
  { config: { mode: "gravatar-fallback", action: { mirrors } }, logIn: logInWithMirrors },
];

/** In one line: the settings that decide which picture these users get. */
export function describeSettings({ mode = "generated", connections, action }: PlainSettings): string {
  const synced = Object.entries(connections ?? {}).map(([name, value]) => `${name} ${value}`);
  const copies = Object.values(action?.mirrors ?? {});
  return [
    `default picture ${mode}`,
    ...synced,
    ...(copies.length > 0 ? [`mirrored to ${copies.join(", ")}`] : []),
  ].join("; ");
}

const googlePicture = (name: string) => `https://lh3.googleusercontent.com/a/${name}`;

/** Deletes the users and creates them again, so that every run shows the same. */
export async function createUsers(sandbox: Sandbox): Promise<void> {
  const { users } = sandbox.management;
  for (const email of [ada, grace, linus, mallory, hedy])
    for (const { user_id } of await users.listUsersByEmail({ email })) if (user_id) await users.delete(user_id);
  for (const email of [ada, grace, mallory, hedy]) {
    const name = email.replace(/@.*/, "");
    await users.create({ connection: database, user_id: name, email, name, password: `${crypto.randomUUID()}-Aa1` });
  }
}

/**
 * As the dev stack is deployed: a default picture instead of generated ones, and Google's attributes on first login.
 */
async function logInAsDeployed(sandbox: Sandbox, deployed: DeployedStack): Promise<Step[]> {
  const steps: Step[] = [];
  const show = async (what: string, login: Promise<Login>) => void steps.push({ what, login: await login });

  await show("no picture", logIn(sandbox, deployed, ada, database));
  await show("uploaded a photo", uploadPhoto(sandbox, deployed, grace));

  await show("first login", logInWithGoogle(sandbox, deployed, googlePicture("first")));
  await show("changed at Google", logInWithGoogle(sandbox, deployed, googlePicture("second")));
  const edited = await editPicture(sandbox, linus, googlePicture("edited"));
  await show(edited, logInWithGoogle(sandbox, deployed, googlePicture("second")));

  for (const [what, url] of [
    ["set a script", "javascript:alert(document.cookie)"],
    ["set one without TLS", "http://pictures.example.net/mallory.png"],
    ["set a foreign one", "https://tracker.example.net/mallory.png"],
  ] as const) {
    await setMetadataPicture(sandbox, mallory, url);
    await show(what, logIn(sandbox, deployed, mallory, database));
  }
  const refused = await sendNoPicture(sandbox, deployed, mallory);
  steps.push({ what: `sent HTML: ${refused.answered?.code ?? "taken"}`, login: refused });
  await show("deleted, then swept", deleteAndSweep(sandbox, deployed, hedy));
  return steps;
}

/** For contrast, with Google's attributes on each login: changes in Auth0 are overwritten or refused. */
async function logInWithSyncOff(sandbox: Sandbox, deployed: DeployedStack): Promise<Step[]> {
  const overwritten = await logInWithGoogle(sandbox, deployed, googlePicture("third"));
  const refused = await editPicture(sandbox, linus, googlePicture("edited"));
  return [
    { what: "changed at Google", login: overwritten },
    { what: refused, login: await logInWithGoogle(sandbox, deployed, googlePicture("third")) },
    { what: "Auth0's initials", login: await logIn(sandbox, deployed, ada, database) },
  ];
}

/** With the default picture for everyone who has not set a picture. */
async function logInUnderEveryone(sandbox: Sandbox, deployed: DeployedStack): Promise<Step[]> {
  return [
    { what: "no picture", login: await logIn(sandbox, deployed, ada, database) },
    { what: "picture at Google", login: await logInWithGoogle(sandbox, deployed, googlePicture("third")) },
  ];
}

/** With copies of the picture in other claims and in a SAML attribute. */
async function logInWithMirrors(sandbox: Sandbox, deployed: DeployedStack): Promise<Step[]> {
  return [
    { what: "Auth0's initials", login: await logIn(sandbox, deployed, ada, database) },
    { what: "no profile scope", login: await logIn(sandbox, deployed, ada, database, { scope: "openid" }) },
    { what: "uploaded a photo", login: await logIn(sandbox, deployed, grace, database) },
    { what: "SAML", login: await logInToSamlApplication(sandbox, deployed, grace) },
  ];
}

/** The login of a service provider, which verifies the response. */
async function logInToSamlApplication(sandbox: Sandbox, deployed: DeployedStack, email: string): Promise<Login> {
  const { profile: assertion } = await logInBySaml(sandbox.tenant, {
    ...{ clientId: await samlApplication(sandbox), acsUrl, ca: sandbox.tenant.certificate.ca },
    ...{ connection: database, loginHint: email },
  });
  const profile = await findUser(sandbox, email);
  const metadataPicture = metadataPictureOf(profile);
  const name = deployed.settings.action?.mirrors?.samlAttribute ?? "";
  const picture = textOf(assertion[name]);
  return {
    user: email,
    connection: database,
    idpPicture: null,
    metadataPicture,
    picture: null,
    rule: ruleOf(picture, { metadataPicture, rootPicture: profile.picture ?? null }, deployed),
    ...(picture !== null && { mirrors: { [name]: picture } }),
    fetched: await fetchStored(sandbox, deployed, picture),
  };
}

/** Nothing listens there: the response is read from the page that posts it. */
const acsUrl = "http://localhost:3000/saml";

async function samlApplication({ management: { clients } }: Sandbox): Promise<string> {
  const name = "SAML application";
  for await (const known of await clients.list()) if (known.name === name && known.client_id) return known.client_id;
  const created = await clients.create({ name, app_type: "regular_web", callbacks: [acsUrl], addons: { samlp: {} } });
  return created.client_id ?? "";
}

async function logInWithGoogle(sandbox: Sandbox, deployed: DeployedStack, picture: string): Promise<Login> {
  const sub = "108204268033311374519";
  const profile = { sub, email: linus, name: "Linus Berg", given_name: "Linus", family_name: "Berg", picture };
  sandbox.tenant.identityProvider.setProfile(google, profile);
  return logIn(sandbox, deployed, linus, google, { loginHint: sub, idpPicture: picture });
}

async function setMetadataPicture(sandbox: Sandbox, email: string, picture: string): Promise<void> {
  const { user_id } = await findUser(sandbox, email);
  await sandbox.management.users.update(user_id, { user_metadata: { picture } });
}

/** Returns the result: Auth0 refuses the edit while the identity provider writes the attribute at each login. */
async function editPicture(sandbox: Sandbox, email: string, picture: string): Promise<string> {
  const { user_id } = await findUser(sandbox, email);
  try {
    await sandbox.management.users.update(user_id, { picture });
    return "edited in Auth0";
  } catch (error) {
    if (error instanceof Error && "statusCode" in error && error.statusCode === 400) return "edit refused";
    throw error;
  }
}
