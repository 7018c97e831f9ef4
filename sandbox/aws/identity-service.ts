// Who one is for AWS: STS's GetCallerIdentity, for which nobody needs a permission. Its protocol is a form, answered in
// XML (AWS STS API reference, "GetCallerIdentity").
import { hash, randomUUID } from "node:crypto";
import { fail } from "../edge/aws-error.ts";
import { element, wrap } from "../edge/aws-xml.ts";
import { accountId } from "../edge/identity.ts";
import { xmlAnswer, xmlErrorAnswer } from "./service-api.ts";
import type { AwsService } from "./service-api.ts";

const xmlns = 'xmlns="https://sts.amazonaws.com/doc/2011-06-15/"';

export const identityService = (): AwsService => ({
  name: "sts",
  endpointName: "STS",
  respond({ method, body, caller }) {
    const form = new URLSearchParams(body.toString());
    const operation = form.get("Action") ?? "";
    if (method !== "POST" || operation !== "GetCallerIdentity")
      fail("NotImplemented", `The sandbox's STS does not have the operation ${operation}`, 501);
    if (form.get("Version") !== "2011-06-15")
      fail("InvalidAction", `Could not find operation ${operation} for version ${form.get("Version") ?? "NO_VERSION"}`);
    const { arn, userId } = identityOf(caller.arn);
    const result = wrap(
      "GetCallerIdentityResult",
      element("Arn", arn),
      element("UserId", userId),
      element("Account", accountId),
    );
    const metadata = wrap("ResponseMetadata", element("RequestId", randomUUID()));
    return xmlAnswer(200, `<GetCallerIdentityResponse ${xmlns}>${result}${metadata}</GetCallerIdentityResponse>`);
  },
  errorAnswer: (error) => xmlErrorAnswer(error, xmlns),
});

/** Who has a role's keys is a session of the role (IAM docs, "IAM identifiers"). */
function identityOf(arn: string): { arn: string; userId: string } {
  const id = hash("sha256", arn).slice(0, 17).toUpperCase();
  const role = /:role\/(?:.*\/)?([^/]+)$/.exec(arn)?.[1];
  if (role === undefined) return { arn, userId: `AIDA${id}` };
  const session = "sandbox";
  return { arn: `arn:aws:sts::${accountId}:assumed-role/${role}/${session}`, userId: `AROA${id}:${session}` };
}
