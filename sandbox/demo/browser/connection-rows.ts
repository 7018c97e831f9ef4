// The connections as rows: what each writes, and what that means for whoever edits a picture in Auth0.
import type { ConnectionView } from "../console-types.ts";
import { element } from "./elements.ts";

/** By the value of `set_user_root_attributes`. */
const syncWords: Readonly<Record<NonNullable<ConnectionView["sync"]>, string>> = {
  on_each_login: "Refused: the identity provider writes the picture at each login. user_metadata may still be set.",
  on_first_login: "Stays: the identity provider wrote the picture once, when the user first signed in.",
  never_on_login: "Stays: the identity provider writes nothing, and signs in nobody who is not a user already.",
};

export const connectionRows = (connections: readonly ConnectionView[]): HTMLTableRowElement[] =>
  connections.map(({ title, sync }) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, title),
      element("td", {}, sync === null ? "none: Auth0 keeps these users" : element("code", {}, sync)),
      element("td", {}, sync === null ? "Stays: nobody else writes it." : syncWords[sync]),
    ),
  );
