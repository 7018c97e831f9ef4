// A login and what it shows: the sources of the picture, the claim, the rule that it follows, and what the edge serves.
import { decodeJwt } from "jose";
import type { DeployedStack } from "../deployed-stack.ts";
import { metadataPictureOf, ruleOf, textOf } from "../picture-rule.ts";
import type { Rule } from "../picture-rule.ts";
import type { Sandbox } from "../sandbox.ts";

/** The result of a login. The rule is concluded from the picture; the Action does not tell it. */
export interface Login {
  readonly user: string;
  readonly connection: string;
  /** What the identity provider sent; null for a database user. */
  readonly idpPicture: string | null;
  readonly metadataPicture: string | null;
  /** The ID token's `picture` claim. */
  readonly picture: string | null;
  readonly rule: Rule;
  /** By claim or attribute: the copies of the picture. Absent if there is no copy. */
  readonly mirrors?: Readonly<Record<string, string>>;
  /** The edge's response; null if the picture is not in the store. */
  readonly fetched: Fetched | null;
  /** What the service answered to what the user had sent before the login. */
  readonly answered?: { readonly status: number; readonly code: string | null };
  /** Where the user is deleted, and nobody can log in any more: what there was, and what is left. */
  readonly deleted?: { readonly fetchedBefore: Fetched; readonly keysBefore: number; readonly keysLeft: number };
}

export interface Fetched {
  readonly status: number;
  readonly type: string | null;
}

/** A login with what happened before it. */
export interface Step {
  readonly what: string;
  readonly login: Login;
}

/** The connection of the tenant's own users. */
export const database = "Username-Password-Authentication";

export async function logIn(
  sandbox: Sandbox,
  deployed: DeployedStack,
  user: string,
  connection: string,
  { loginHint = user, idpPicture = null as string | null, scope = "openid profile email" } = {},
): Promise<Login> {
  const { claims, accessToken } = await sandbox.logIn({ connection, loginHint, scope });
  const picture = textOf(claims["picture"]);
  const profile = await findUser(sandbox, user);
  const metadataPicture = metadataPictureOf(profile);
  const { idTokenClaim = "", accessTokenClaim = "" } = deployed.settings.action?.mirrors ?? {};
  const copies = {
    [`${idTokenClaim} of the ID token`]: textOf(claims[idTokenClaim]),
    [`${accessTokenClaim} of the access token`]: textOf(decodeJwt(accessToken)[accessTokenClaim]),
  };
  const mirrored = Object.entries(copies).flatMap(([name, copy]) => (copy === null ? [] : [[name, copy] as const]));
  return {
    user,
    connection,
    idpPicture,
    metadataPicture,
    picture,
    rule: ruleOf(picture, { metadataPicture, rootPicture: profile.picture ?? null }, deployed),
    ...(mirrored.length > 0 && { mirrors: Object.fromEntries(mirrored) }),
    fetched: await fetchStored(sandbox, deployed, picture),
  };
}

export async function fetchStored(sandbox: Sandbox, { pictureBaseUrl }: DeployedStack, picture: string | null) {
  if (picture?.startsWith(pictureBaseUrl) !== true) return null;
  const { status, headers } = await sandbox.edge.fetch(picture);
  return { status, type: headers.get("content-type") };
}

export async function findUser(sandbox: Sandbox, email: string) {
  const [user] = await sandbox.management.users.listUsersByEmail({ email });
  if (user?.user_id === undefined) throw new Error(`the sandbox's tenant has no user ${email}`);
  return { ...user, user_id: user.user_id };
}
