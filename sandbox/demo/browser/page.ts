// The application's page: who is signed in, their picture by the URL in the ID token, and how to change it.
import type { LoginView, PageConfig } from "../console-types.ts";
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
  const tiles = samples.map(({ name, file }) =>
    element(
      "label",
      { class: "tile" },
      element("input", { type: "radio", name: "sample", value: file }),
      element("img", { src: `/demo/pictures/${file}`, alt: "", width: "72", height: "72" }),
      element("span", {}, name),
    ),
  );
  byId("tiles").append(...tiles);
  const form = byId("change") as HTMLFormElement;
  const file = byId("file") as HTMLInputElement;
  // One choice, of a sample or of a file.
  file.addEventListener("change", () => {
    for (const input of form.querySelectorAll<HTMLInputElement>("[type=radio]")) input.checked = false;
  });
  byId("tiles").addEventListener("change", () => void (file.value = ""));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void trying(async () => {
      const sample = new FormData(form).get("sample");
      const chosen = file.files?.[0] ?? (typeof sample === "string" ? await sampleBytes(sample) : undefined);
      if (!chosen) return say("Choose a picture first.");
      await upload(session, chosen, pictureBaseUrl);
    });
  });
}

const sampleBytes = async (file: string) => (await fetch(`/demo/pictures/${file}`)).blob();

async function upload(session: Session, chosen: Blob, pictureBaseUrl: string): Promise<void> {
  const { picture } = await call<{ picture: string }>("picture", {
    method: "PUT",
    headers: { authorization: `Bearer ${await session.accessToken()}`, "content-type": chosen.type || "image/png" },
    body: chosen,
  });
  const { sub } = await session.claims();
  byId("stored").replaceChildren(
    element("h3", {}, "Stored, and not shown yet"),
    element(
      "p",
      {},
      "The application's upload endpoint put the bytes into the store as ",
      element("code", {}, picture.slice(pictureBaseUrl.length)),
      ", and then told Auth0:",
    ),
    callCard("Management API", {
      method: "PATCH",
      path: `/api/v2/users/${sub}`,
      body: { user_metadata: { picture } },
    }),
    element("p", {}, "Your token is from before. The next one has the new picture:"),
    button("Refresh and see it", { class: "primary" }, async () => {
      await trying(() => refresh(session));
      byId("refresh").focus();
    }),
  );
  say("The picture is stored. Refresh to see it.");
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
