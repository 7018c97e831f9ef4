// How /authorize answers an application: in the callback's query or fragment, by a form that posts itself (OAuth 2.0
// Form Post Response Mode), or by a message to the page that has the frame or opened the window (web_message).
import { randomBytes } from "node:crypto";
import type { FastifyReply } from "fastify";
import type { ResponseTarget } from "./authorization-request.ts";
import { escapeHtml } from "./pages.ts";

export function sendAuthorizationResponse(
  reply: FastifyReply,
  { redirectUri, responseMode, state }: ResponseTarget,
  response: { readonly code: string } | { readonly error: string; readonly error_description: string },
): FastifyReply {
  const all: Record<string, string> = { ...response, ...(state !== undefined && { state }) };
  switch (responseMode) {
    case "query": {
      const url = new URL(redirectUri);
      for (const [name, value] of Object.entries(all)) url.searchParams.set(name, value);
      return reply.redirect(url.href);
    }
    case "fragment": {
      const url = new URL(redirectUri);
      url.hash = new URLSearchParams(all).toString();
      return reply.redirect(url.href);
    }
    case "form_post":
      return sendForm(reply, redirectUri, all);
    case "web_message": {
      const message = scriptValue({ type: "authorization_response", response: all });
      const origin = scriptValue(new URL(redirectUri).origin);
      return sendScript(reply, "", `(window.opener ?? window.parent).postMessage(${message}, ${origin});`);
    }
  }
}

/** A page whose form posts itself. Without scripts, the person presses its button. */
export function sendForm(reply: FastifyReply, action: string, fields: Readonly<Record<string, string>>): FastifyReply {
  const inputs = Object.entries(fields).map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  );
  const form = `<form method="post" action="${escapeHtml(action)}">${inputs.join("")}
<noscript><button>Continue</button></noscript></form>`;
  return sendScript(reply, form, "document.forms[0].submit();");
}

/** As JSON that cannot end the script that it is in. */
const scriptValue = (value: object | string) => JSON.stringify(value).replaceAll("<", String.raw`\u003c`);

function sendScript(reply: FastifyReply, content: string, script: string): FastifyReply {
  const nonce = randomBytes(16).toString("base64");
  return reply
    .header("content-type", "text/html; charset=utf-8")
    .header("content-security-policy", `default-src 'none'; script-src 'nonce-${nonce}'; base-uri 'none'`)
    .header("cache-control", "no-store")
    .header("referrer-policy", "no-referrer")
    .header("x-content-type-options", "nosniff").send(`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Back to the application</title></head>
<body>${content}
<script nonce="${nonce}">${script}</script>
</body>
</html>
`);
}
