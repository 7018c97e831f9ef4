// Which URLs are fetched at all: what can be seen without asking anybody.
import { isIP } from "node:net";
import { PictureSourceError } from "./picture-source.ts";

/**
 * Of the URL that is given, and of each that it redirects to.
 *
 * @throws PictureSourceError
 */
export function checkPictureUrl(text: string, base?: URL): URL {
  const url = URL.parse(text, base?.href);
  if (url === null) refuse("cannot be read; it must be https://host/path");
  const { protocol, username, password, port, hostname } = url;
  if (protocol !== "https:") refuse(`begins with ${protocol}; only https: is fetched`);
  if (username !== "" || password !== "") refuse("holds a user name or a password; it must have neither");
  if (port !== "") refuse(`names port ${port}; only 443, the port of https, is asked`);
  // 2130706433 and 0x7f.1 are addresses, too: here they are already written as such.
  if (isIP(hostname) !== 0 || hostname.startsWith("[")) refuse("names an IP address; only a host's name is asked");
  // The same host, but not the same name: lists of hosts would miss it.
  if (hostname.endsWith(".")) refuse("names a host with a dot at its end; take it away");
  return url;
}

function refuse(what: string): never {
  throw new PictureSourceError(`The picture's URL ${what}.`);
}
