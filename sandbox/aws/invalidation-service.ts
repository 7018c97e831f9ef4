// What functions ask of CloudFront: to forget what it has cached. Its protocol is XML (CloudFront API reference,
// "CreateInvalidation").
import { randomUUID } from "node:crypto";
import { fail } from "../edge/aws-error.ts";
import type { AwsError } from "../edge/aws-error.ts";
import type { ControlPlane } from "../edge/control-plane.ts";
import { distributionArn } from "../edge/identity.ts";
import { parseXml } from "../tenant/saml/xml.ts";
import { need } from "./service-api.ts";
import type { AwsService, ServiceAnswer } from "./service-api.ts";

const xmlns = 'xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"';
const answer = (status: number, xml: string): ServiceAnswer => ({
  status,
  headers: { "content-type": "text/xml" },
  body: `<?xml version="1.0"?>\n${xml}`,
});
const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

export const invalidationService = (controlPlane: ControlPlane): AwsService => ({
  name: "cloudfront",
  endpointName: "CLOUDFRONT",
  respond({ method, path, body, caller, region }) {
    const id = /^\/2020-05-31\/distribution\/([^/]+)\/invalidation$/.exec(path)?.[1];
    if (method !== "POST" || id === undefined)
      fail("NotImplemented", `The sandbox's CloudFront does not have ${method} ${path}`, 501);
    // It has one endpoint, and is signed for there.
    if (region !== "us-east-1") fail("SignatureDoesNotMatch", "Credential should be scoped to a valid region.", 403);
    need(caller, { action: "cloudfront:CreateInvalidation", resource: distributionArn(id) });
    const { items, quantity, callerReference } = readBatch(body.toString());
    if (quantity !== items.length || items.length === 0 || items.length > 3000)
      fail("InconsistentQuantities", "The value of Quantity and the size of Items do not match.");
    controlPlane.createInvalidation(id, items);
    const paths = items.map((item) => `<Path>${escaped(item)}</Path>`).join("");
    return answer(
      201,
      `<Invalidation ${xmlns}><Id>I${randomUUID().replaceAll("-", "").slice(0, 13).toUpperCase()}</Id>` +
        `<Status>InProgress</Status><CreateTime>${new Date().toISOString()}</CreateTime><InvalidationBatch>` +
        `<Paths><Quantity>${quantity}</Quantity><Items>${paths}</Items></Paths>` +
        `<CallerReference>${escaped(callerReference)}</CallerReference></InvalidationBatch></Invalidation>`,
    );
  },
  errorAnswer: ({ code, message, status }: AwsError) => {
    const name = code === "AccessDeniedException" ? "AccessDenied" : code;
    return answer(
      name === "AccessDenied" ? 403 : status,
      `<ErrorResponse ${xmlns}><Error><Type>Sender</Type><Code>${name}</Code>` +
        `<Message>${escaped(message.replace(`${code}: `, ""))}</Message></Error>` +
        `<RequestId>${randomUUID()}</RequestId></ErrorResponse>`,
    );
  },
});

function readBatch(xml: string) {
  let batch;
  try {
    batch = parseXml(xml);
  } catch {
    fail("MalformedXML", "1 validation error detected: the request is no XML");
  }
  if (batch.localName !== "InvalidationBatch") fail("MalformedXML", "The request is no InvalidationBatch");
  const textsOf = (name: string) => [...batch.getElementsByTagName(name)].map(({ textContent }) => textContent ?? "");
  const [callerReference = ""] = textsOf("CallerReference");
  if (callerReference === "") fail("InvalidArgument", "Your request contains an empty caller reference.");
  return { items: textsOf("Path"), quantity: Number(textsOf("Quantity")[0]), callerReference };
}
