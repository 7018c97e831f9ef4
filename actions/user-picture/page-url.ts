// Which addresses a page can and may show as a picture.

/** Longest picture URL that is shown, in characters. Auth0 allows 2 kB for a SAML attribute's value. */
const maxUrlLength = 2048;

//! As most URLs are: parsing changes nothing, and nothing speaks against them.
const plainUrl = /^https:\/\/(?:[a-z\d]+[.-])+[a-z]+\/(?:[\w~=-]+[./])*[\w~=-]+(?:\?[\w~=&.-]*)?$/;

//! `..%2f` steps up where a server decodes first (nginx), `..;/` where it cuts off parameters (Tomcat).
const hiddenStepUp = /^[^?#]*(?:\/|%2f|%5c)(?:\.|%2e){2}(?:[/;?#]|%2f|%5c|%3b|$)/i;

//! When a URL of Facebook or LinkedIn, or a signed one, ends.
const expiry =
  /^(?:(?:https?:\/\/[^/]+\.(?:fbsbx\.com\/[^#]*[?&]ext|licdn\.com\/[^#]*[?&]e)|(?=[^#]*[?&]Signature=)[^#]*[?&]Expires)=([1-9]\d{9})|https?:\/\/[^/]+\.(?:fbcdn\.net|cdninstagram\.com)\/[^#]*[?&]oe=([\dA-Fa-f]{8}))(?![^&#])/;
const signed =
  /^(?=[^#]*[?&]X-(?:Amz|Goog)-Date=(20\d{6}T\d{6}Z)(?![^&#])).*?[?&]X-(?:Amz|Goog)-Expires=(\d{1,6})(?![^&#])/;
const azure = /^(?=[^#]*[?&]sig=)[^#]*[?&]se=(20..-..-..[^&#]*)/;

//! What is too long is no address.
export function pictureText(picture: unknown): string {
  const text = typeof picture === "string" ? picture.trim() : "";
  return text.length > maxUrlLength ? "" : text;
}

//! An address in normal form, if a page can show it: a claim with a `data:` URL would break cookies.
export function pageUrl(text: string, isStrict = false): string | undefined {
  if (!text) return undefined;
  let href = text;
  if (!plainUrl.test(href)) {
    const url = URL.parse(href);
    if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) return undefined;
    href = url.href;
    if (isStrict && (url.protocol === "http:" || url.port || hiddenStepUp.test(href))) return undefined;
  }
  const hasEnded = href.includes("?") && expiryOf(href) < Date.now();
  return href.length > maxUrlLength || hasEnded ? undefined : href;
}

/**
 * @param picture a field of a profile, whatever it holds
 * @returns the picture's URL in normal form, if a login may show it (docs/action.md); else undefined
 */
//! The same, if any browser may be sent there: https, no port of its own.
export function showableUrl(picture: unknown): string | undefined {
  return pageUrl(pictureText(picture), true);
}

//! In milliseconds, if the URL itself says so; else NaN.
export function expiryOf(href: string): number {
  const [, seconds, hex] = expiry.exec(href) ?? [];
  const [, date = "", lifetime = 0] = signed.exec(href) ?? azure.exec(href) ?? [];
  const iso = date.replace(/^(....)(..)(\d\dT..)(..)/, "$1-$2-$3:$4:").replace(/%3A/gi, ":");
  const end = seconds ?? (hex ? `0x${hex}` : Date.parse(iso) / 1000 + Number(lifetime));
  return Number(end) * 1000;
}

export function isUnder(prefixes: readonly string[], url: string): boolean {
  for (const prefix of prefixes) if (url.startsWith(prefix)) return !hiddenStepUp.test(url);
  return false;
}
