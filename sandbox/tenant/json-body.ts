// The bodies of requests that are JSON, as they may come from anybody.
import type { FastifyInstance } from "fastify";
import { ManagementApiError } from "./errors.ts";

/** Far more than any resource has, and far less than what a recursive function can follow. */
const maxDepth = 100;

export function parseJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeContentTypeParser("application/json");
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    const text = body.toString();
    // A POST without a body may still have the content type of JSON.
    if (text === "") done(null, undefined);
    else if (depthOf(text) > maxDepth) done(new ManagementApiError(400, "The body is nested too deeply"));
    else void parse(request, text, done);
  });
}

/** How many lists and objects are open at once, at most. */
function depthOf(json: string): number {
  let [depth, deepest, isText] = [0, 0, false];
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (isText && character === "\\") at++;
    else if (character === '"') isText = !isText;
    else if (!isText && (character === "[" || character === "{")) deepest = Math.max(deepest, ++depth);
    else if (!isText && (character === "]" || character === "}")) depth--;
  }
  return deepest;
}
