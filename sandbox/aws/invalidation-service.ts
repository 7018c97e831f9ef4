// What CloudFront is asked for besides its resources: to forget what it has cached. Its protocol is XML (CloudFront API
// reference, "CreateInvalidation", "GetInvalidation").
import { fail } from "../edge/aws-error.ts";
import { element, wrap } from "../edge/aws-xml.ts";
import type { ControlPlane } from "../edge/control-plane.ts";
import { randomText } from "../edge/edge-state.ts";
import { distributionArn } from "../edge/identity.ts";
import { parseXml } from "../tenant/saml/xml.ts";
import { need, xmlAnswer, xmlErrorAnswer } from "./service-api.ts";
import type { AwsService, ServiceCall } from "./service-api.ts";

interface Invalidation {
  readonly id: string;
  readonly distributionId: string;
  readonly items: readonly string[];
  readonly callerReference: string;
  readonly createTime: string;
}

const xmlns = 'xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"';

export function invalidationService(controlPlane: ControlPlane): AwsService {
  const invalidations: Invalidation[] = [];

  function create({ body, caller }: ServiceCall, distributionId: string) {
    need(caller, { action: "cloudfront:CreateInvalidation", resource: distributionArn(distributionId) });
    const { items, quantity, callerReference } = readBatch(body.toString());
    if (quantity !== items.length || items.length === 0 || items.length > 3000)
      fail("InconsistentQuantities", "The value of Quantity and the size of Items do not match.");
    controlPlane.createInvalidation(distributionId, items);
    const id = `I${randomText(13).toUpperCase()}`;
    const invalidation = { id, distributionId, items, callerReference, createTime: new Date().toISOString() };
    invalidations.push(invalidation);
    return xmlAnswer(201, described(invalidation, "InProgress"));
  }

  /** Here it is done at once, and who asks again sees it done. */
  function get({ caller }: ServiceCall, distributionId: string, id: string) {
    need(caller, { action: "cloudfront:GetInvalidation", resource: distributionArn(distributionId) });
    if (controlPlane.getDistribution(distributionId) === undefined)
      fail("NoSuchDistribution", "The specified distribution does not exist.", 404);
    const found = invalidations.find((one) => one.id === id && one.distributionId === distributionId);
    if (found === undefined) fail("NoSuchInvalidation", "The specified invalidation does not exist.", 404);
    return xmlAnswer(200, described(found, "Completed"));
  }

  return {
    name: "cloudfront",
    endpointName: "CLOUDFRONT",
    respond(call) {
      const { method, path, region } = call;
      const [, distributionId, id] =
        /^\/2020-05-31\/distribution\/([^/]+)\/invalidation(?:\/([^/]+))?$/.exec(path) ?? [];
      const isKnown = distributionId !== undefined && method === (id === undefined ? "POST" : "GET");
      if (!isKnown) fail("NotImplemented", `The sandbox's CloudFront does not have ${method} ${path}`, 501);
      // It has one endpoint, and is signed for there.
      if (region !== "us-east-1") fail("SignatureDoesNotMatch", "Credential should be scoped to a valid region.", 403);
      return id === undefined ? create(call, distributionId) : get(call, distributionId, id);
    },
    errorAnswer: (error) => xmlErrorAnswer(error, xmlns),
  };
}

function described({ id, items, callerReference, createTime }: Invalidation, status: string): string {
  const paths = items.map((item) => element("Path", item));
  const batch = wrap(
    "InvalidationBatch",
    wrap("Paths", element("Quantity", String(items.length)), wrap("Items", ...paths)),
    element("CallerReference", callerReference),
  );
  const head = element("Id", id) + element("Status", status) + element("CreateTime", createTime);
  return `<Invalidation ${xmlns}>${head}${batch}</Invalidation>`;
}

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
