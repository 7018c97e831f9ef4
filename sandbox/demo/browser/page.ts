// The application's page: who is signed in, their picture by the URL in the ID token, and how to change it.
import "../../../browser/index.ts";
import type { LoginView, PageConfig } from "../console-types.ts";
import type { UserPictureUpload } from "../../../browser/index.ts";
import { callCard } from "./call-card.ts";
import { claimRows } from "./claims-table.ts";
import { button, byId, element, say } from "./elements.ts";
import { avatar, picturesReady } from "./pictures.ts";
import { ruleWords } from "./rule-words.ts";
import { call, ServerError } from "./server-api.ts";
import { openSession, SessionEndedError } from "./session.ts";
import type { IdClaims, Session } from "./session.ts";

/** Remembers that somebody was signed in, so that a session that ended is told from a first visit. */
const remembered = "fieldnotes.signed-in";

void start();

async function start(): Promise<void> {
  try {
    const [config] = await Promise.all([call<PageConfig>("config"), picturesReady()]);
    const session = openSession(config);
    byId("sign-in").addEventListener("click", () => void session.signIn());
    byId("refresh").addEventListener("click", () => void trying(() => refresh(session)));
    prepareChange(config, session);
    await resume(session);
  } catch (error) {
    say(error instanceof ServerError ? error.message : `This page could not start: ${messageOf(error)}`);
  }
}

async function resume(session: Session): Promise<void> {
  try {
    const claims = await session.resume();
    if (claims) return await showUser(session, claims);
    const hasEnded = localStorage.getItem(remembered) !== null;
    showSignIn(session, hasEnded ? "Your session has ended. Sign in again." : "");
  } catch (error) {
    showSignIn(session, `The sign-in failed: ${messageOf(error)}`);
  }
}

function showSignIn(session: Session, message: string): void {
  localStorage.removeItem(remembered);
  byId("account").replaceChildren(button("Sign in", {}, () => session.signIn()));
  byId("signed-in").hidden = true;
  byId("signed-out").hidden = false;
  document.title = "Fieldnotes";
  say(message);
}

async function showUser(session: Session, claims: IdClaims): Promise<void> {
  localStorage.setItem(remembered, "yes");
  const { sub, name = "", email = "", picture = null } = claims;
  const login = await call<LoginView>(`login?user=${encodeURIComponent(sub)}`);
  const words = ruleWords(login);
  byId("account").replaceChildren(
    avatar(picture, name, "small"),
    element("span", { class: "name" }, name),
    button("Sign out", {}, () => {
      localStorage.removeItem(remembered);
      return session.signOut();
    }),
  );
  byId("portrait").replaceChildren(avatar(picture, name, "large", `${name}'s picture`));
  byId("name").textContent = name;
  byId("email").textContent = email;
  byId("rule-title").textContent = words.title;
  byId("rule-why").textContent = words.why;
  byId("rule").textContent = login.rule;
  const upload = byId("upload") as UserPictureUpload;
  upload.src = picture;
  upload.removable = login.metadataPicture !== null;
  byId("claim").textContent = picture ?? "none";
  byId("claims").replaceChildren(...claimRows(claims));
  byId("signed-out").hidden = true;
  byId("signed-in").hidden = false;
  document.title = `${name} – Fieldnotes`;
}

async function refresh(session: Session): Promise<void> {
  const before = byId("claim").textContent;
  await showUser(session, await session.refresh());
  byId("stored").replaceChildren();
  const isSame = byId("claim").textContent === before;
  say(isSame ? "A new token, with the same picture." : "A new token, with another picture.");
}

function prepareChange({ samples, pictureBaseUrl }: PageConfig, session: Session): void {
  const upload = byId("upload") as UserPictureUpload;
  upload.accessToken = () => session.accessToken();
  // The page says what follows.
  upload.texts = { changed: "", removed: "" };
  upload.addEventListener("picture-changed", ({ detail: { url } }) => {
    const key = element("code", {}, url.slice(pictureBaseUrl.length));
    const how = element("p", {}, "The upload service put it into the store as ", key, ", and then told Auth0:");
    void showStored(session, url, element("h3", {}, "Stored, and not shown yet"), how);
    say("The picture is stored. Refresh to see it.");
  });
  upload.addEventListener("picture-removed", () => {
    const how = element("p", {}, "The upload service told Auth0, and lets go what it had stored:");
    void showStored(session, null, element("h3", {}, "Removed, and still shown"), how);
    say("The picture is removed. Refresh to see it.");
  });
  upload.addEventListener("picture-refused", ({ detail: { cause } }) => {
    if (cause instanceof SessionEndedError) void trying(() => Promise.reject(cause));
  });
  const tiles = samples.map(({ name, file }) =>
    button(name, { class: "tile" }, () =>
      trying(async () => {
        await upload.choose(await (await fetch(`/demo/pictures/${file}`)).blob());
        upload.focus();
      }),
    ),
  );
  for (const [index, { file }] of samples.entries())
    tiles[index]?.prepend(element("img", { src: `/demo/pictures/${file}`, alt: "", width: "72", height: "72" }));
  byId("tiles").append(...tiles);
}

/** @param picture what `user_metadata` names now */
async function showStored(session: Session, picture: string | null, ...content: readonly Node[]): Promise<void> {
  const { sub } = await session.claims();
  byId("stored").replaceChildren(
    ...content,
    callCard("Management API", {
      method: "PATCH",
      path: `/api/v2/users/${sub}`,
      body: { user_metadata: { picture } },
    }),
    element("p", {}, "Your token is from before. The next one is made anew:"),
    button("Refresh and see it", { class: "primary" }, async () => {
      await trying(() => refresh(session));
      byId("refresh").focus();
    }),
  );
}

/** What fails is said. If the session has ended, the page begins anew, and offers to sign in. */
async function trying(act: () => Promise<void>): Promise<void> {
  try {
    say("");
    await act();
  } catch (error) {
    if (!(error instanceof SessionEndedError)) return say(messageOf(error));
    await trying(async () => {
      await call("config");
      location.assign("/demo/");
    });
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
