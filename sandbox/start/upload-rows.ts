// What users do with the service that the stack deploys for their pictures, up to the login after it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DeployedStack, UploadsOutputs } from "../deployed-stack.ts";
import type { Sandbox } from "../sandbox.ts";
import { database, fetchStored, findUser, logIn } from "./login-row.ts";
import type { Login } from "./login-row.ts";

interface Answer {
  readonly status: number;
  readonly url: string | null;
  /** Why it was refused. */
  readonly code: string | null;
  /** As it came. */
  readonly text: string;
}

/** As a phone's camera writes it: on its side, and with the place where it was taken. */
const photo = readFileSync(join(import.meta.dirname, "phone-photo.jpg"));

/** What a browser would run, if it were served as it came. */
const page = Buffer.from("<!doctype html><script>alert(document.cookie)</script>");

/** @throws Error if the service does not take it */
export async function uploadPhoto(sandbox: Sandbox, deployed: DeployedStack, user: string): Promise<Login> {
  await putPhoto(sandbox, deployed, user);
  return logIn(sandbox, deployed, user, database);
}

/** Sends a page that says it is a JPEG. @throws Error if the service takes it, or fails by it */
export async function sendNoPicture(sandbox: Sandbox, deployed: DeployedStack, user: string): Promise<Login> {
  const { status, code, text } = await put(sandbox, deployed, user, page);
  if (status !== 415) throw new Error(`The service has not refused a page as no picture: ${status} ${text}`);
  return { ...(await logIn(sandbox, deployed, user, database)), answered: { status, code } };
}

/**
 * Uploads, and deletes the account. Nobody can log in then: what is shown is what became of the picture, by the sweep.
 *
 * @throws Error if the picture is still there
 */
export async function deleteAndSweep(sandbox: Sandbox, deployed: DeployedStack, user: string): Promise<Login> {
  const url = await putPhoto(sandbox, deployed, user);
  const folder = new URL(url).pathname.slice(1).replace(/[^/]+$/, "");
  // Earlier versions of what is deleted count too.
  const keys = () =>
    sandbox.edge.controlPlane.listObjectVersions(deployed.bucketName).filter((key) => key.startsWith(folder)).length;
  const fetchedBefore = await fetchStored(sandbox, deployed, url);
  const keysBefore = keys();
  if (fetchedBefore?.status !== 200) throw new Error(`The edge serves no ${url}: ${fetchedBefore?.status}`);

  await sandbox.management.users.delete((await findUser(sandbox, user)).user_id);
  await sweep(sandbox, deployed);
  const fetched = await fetchStored(sandbox, deployed, url);
  const keysLeft = keys();
  if (fetched?.status !== 404 || keysLeft > 0)
    throw new Error(`${user} is deleted, and ${url} is still there: ${fetched?.status}, ${keysLeft} objects`);
  const nobody = { idpPicture: null, metadataPicture: null, picture: null, rule: "none" } as const;
  return { user, connection: database, ...nobody, fetched, deleted: { fetchedBefore, keysBefore, keysLeft } };
}

/** Once, as its schedule does by the hour. A pass begins once a day: without its position this is its first. */
async function sweep({ edge: { controlPlane }, aws }: Sandbox, { bucketName }: DeployedStack): Promise<void> {
  const schedule = controlPlane.listRules().find(({ scheduleExpression }) => scheduleExpression !== undefined);
  if (schedule === undefined) throw new Error("The stack has no schedule for the sweep");
  controlPlane.deleteObjectVersions(bucketName, "sweep/position.json");
  await aws.events.fireSchedule(schedule.name);
}

/** @returns the picture's URL */
async function putPhoto(sandbox: Sandbox, deployed: DeployedStack, user: string): Promise<string> {
  const { status, url, text } = await put(sandbox, deployed, user, photo);
  if (status !== 200 || url === null) throw new Error(`The service has not taken ${user}'s photo: ${status} ${text}`);
  return url;
}

/** By the user's own access token, as a page sends it. */
async function put(sandbox: Sandbox, deployed: DeployedStack, user: string, body: Buffer): Promise<Answer> {
  const { endpoint, audience, scope } = uploadsOf(deployed);
  const login = { connection: database, loginHint: user, scope: `openid ${scope}`, audience };
  const { accessToken } = await sandbox.logIn(login);
  const headers = { authorization: `Bearer ${accessToken}`, "content-type": "image/jpeg" };
  const response = await sandbox.aws.fetch(endpoint, { method: "PUT", headers, body });
  const text = await response.text();
  const { url = null, code = null } = JSON.parse(text) as { url?: string | null; code?: string };
  return { status: response.status, url, code, text };
}

function uploadsOf({ uploads }: DeployedStack): UploadsOutputs {
  if (uploads === undefined) throw new Error("The stack has no uploads");
  return uploads;
}
