// Which pictures Auth0 makes up for users who have none.
import { pictureText } from "./page-url.ts";

//! What Auth0 makes up: initials (once a silhouette), or Gravatar that falls back to them, written as today or not.
//! Any other Gravatar address is somebody's choice.
const placeholder =
  /^https?:\/\/(?:cdn\.auth0\.com\/avatars\/[^/?#&]+|ssl\.gstatic\.com\/s2\/profiles\/images\/silhouette80)\.png$/;
const gravatar =
  /^https?:\/\/((?:\w+\.)?gravatar\.com\/avatar\/(?:[\da-f]{32}){1,2}\?(?:[sr]=\w+&)*d=)(?:https%3A%2F%2Fcdn\.auth0\.com%2Favatars%2F\w+\.png|((?:[^&#%]|%[2-7][\dA-Fa-f])+))((?:&[sr]=\w+)*)$/;

/** Whether Auth0 made this picture up: the user's initials, or a Gravatar address that falls back to them. */
export function isGenerated(picture: string): boolean {
  return generatedParts(pictureText(picture)) !== undefined;
}

//! What stands around the fallback of a Gravatar address that Auth0 made up; around initials, nothing.
export function generatedParts(text: string): readonly string[] | undefined {
  if (text.startsWith("https") && placeholder.test(text)) return [];
  const [, head, fallback, tail = ""] = gravatar.exec(text) ?? [];
  return head && (!fallback || placeholder.test(decodeURIComponent(fallback))) ? [`https://${head}`, tail] : undefined;
}
