// Stand-ins for the pictures of hosts that are not in the sandbox: initials where Auth0 draws them, else a portrait in
// colours that follow from the URL, so that another URL is seen to be another picture.
import { hash } from "node:crypto";

/** @returns the text of an SVG */
export function drawPicture(url: URL): string {
  const initials = initialsOf(url);
  return initials === undefined ? portrait(hueOf(url.href)) : lettered(initials);
}

/** Of `https://cdn.auth0.com/avatars/ad.png`, or of a Gravatar address that falls back to it. */
function initialsOf(url: URL): string | undefined {
  const avatar = URL.parse(url.searchParams.get("d") ?? "") ?? url;
  const [, initials] = /^\/avatars\/([a-z]{1,2})\.png$/.exec(avatar.pathname) ?? [];
  return avatar.host === "cdn.auth0.com" ? initials : undefined;
}

const hueOf = (text: string) => parseInt(hash("sha256", text).slice(0, 8), 16) % 360;

const svg = (content: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256" viewBox="0 0 256 256">${content}</svg>`;

const lettered = (initials: string) =>
  svg(
    `<rect width="256" height="256" fill="#5a6672"/><text x="128" y="166" fill="#fff" font-family="sans-serif" ` +
      `font-size="108" text-anchor="middle">${initials.toUpperCase()}</text>`,
  );

const portrait = (hue: number) =>
  svg(
    `<rect width="256" height="256" fill="hsl(${hue} 55% 82%)"/>` +
      `<circle cx="128" cy="300" r="112" fill="hsl(${hue} 45% 38%)"/>` +
      `<rect x="104" y="140" width="48" height="64" rx="24" fill="hsl(${(hue + 40) % 360} 42% 62%)"/>` +
      `<circle cx="128" cy="108" r="52" fill="hsl(${(hue + 40) % 360} 45% 70%)"/>` +
      `<path d="M74 112a54 54 0 0 1 108-6c-22-4-36-14-44-28-12 18-36 26-64 34z" fill="hsl(${hue} 30% 24%)"/>`,
  );
