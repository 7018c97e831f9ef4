// The APIs of AWS's services over HTTPS, for the functions that run in the sandbox and for its users: one address for
// all, because a signature says which service it is for. Each request is a role's or a user's, by Signature Version 4.
import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { createServer } from "node:https";
import { AwsError, fail } from "../edge/aws-error.ts";
import { escapeXml } from "../edge/aws-xml.ts";
import { isAllowed } from "../edge/bucket-policy.ts";
import type { Caller, Statement } from "../edge/bucket-policy.ts";
import type { ControlPlane } from "../edge/control-plane.ts";
import { close, listen } from "../edge/loopback.ts";
import { readRequest, verifySignature } from "../edge/request-signature.ts";
import type { AccessKey, SignedRequest } from "../edge/request-signature.ts";
import { callerOfUser, s3Error } from "../edge/s3-api.ts";
import type { IamUser } from "../edge/s3-api.ts";
import { respondToRequest } from "../edge/s3-requests.ts";

/** A request whose signature is right, and who signed it. */
export interface ServiceCall extends SignedRequest {
  /** What the signature is for. */
  readonly region: string;
  readonly caller: Caller;
}

export interface ServiceAnswer {
  /** @default 200 */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** One service of AWS. */
export interface AwsService {
  /** As a signature names it, such as `ssm`. */
  readonly name: string;
  /** As AWS's SDKs name its endpoint in `AWS_ENDPOINT_URL_…`, such as `SSM`. */
  readonly endpointName: string;
  /** @throws AwsError */
  respond(call: ServiceCall): ServiceAnswer | Promise<ServiceAnswer>;
  /** An error, in the form of the service's protocol. */
  errorAnswer(error: AwsError): ServiceAnswer;
}

/** The keys of a role that are valid for as long as a process of a function lives. */
export interface RoleKey extends AccessKey {
  readonly roleName: string;
}

export interface ServiceApi {
  /** `https://127.0.0.1:PORT` */
  readonly endpoint: string;
  /** What AWS's SDKs have to know in order to call this and not AWS. */
  readonly endpointVariables: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** @param options.certificate PEM; `cert` covers 127.0.0.1 */
export async function startServiceApi(options: {
  controlPlane: ControlPlane;
  certificate: { key: string; cert: string };
  services: readonly AwsService[];
  keyNamed: (accessKeyId: string) => RoleKey | IamUser | undefined;
}): Promise<ServiceApi> {
  const { controlPlane, certificate, keyNamed } = options;
  const services = [s3Service(controlPlane), ...options.services];
  const server = createServer({ key: certificate.key, cert: certificate.cert }, (request, response) => {
    let service = jsonErrors;
    void readRequest(request)
      .then((sent) => {
        service = services.find(({ name }) => name === serviceOf(sent.headers)) ?? jsonErrors;
        const { key, region, service: name } = verifySignature(keyNamed, sent);
        if (!("respond" in service))
          fail("NotImplemented", `The sandbox does not have the service ${name}, which the signature is for`, 501);
        return (service as AwsService).respond({ ...sent, region, caller: callerOf(controlPlane, key) });
      })
      .catch((error: unknown) =>
        service.errorAnswer(error instanceof AwsError ? error : new AwsError("InternalError", String(error), 500)),
      )
      .then(({ status = 200, headers = {}, body = "" }) =>
        // By the clock that objects' times are of: Node's own date can be a second behind on a busy machine.
        response.writeHead(status, { date: new Date().toUTCString(), ...headers }).end(body),
      )
      // What is kept can be no header that HTTP allows: of all requests, only this one fails.
      .catch(() => response.destroy());
  });
  const endpoint = `https://127.0.0.1:${await listen(server)}`;
  return {
    endpoint,
    endpointVariables: Object.fromEntries(
      services.map(({ endpointName }) => [`AWS_ENDPOINT_URL_${endpointName}`, endpoint]),
    ),
    close: () => close(server),
  };
}

/**
 * Refuses the caller unless its policies, or the resource's own, allow it.
 *
 * @param context condition keys, in lower case
 * @throws AwsError AccessDeniedException
 */
export function need(
  { arn, statements }: Caller,
  request: { readonly action: string; readonly resource: string; readonly context?: Readonly<Record<string, string>> },
  ofResource: readonly Statement[] = [],
): void {
  const context = { "aws:securetransport": "true", "aws:principalarn": arn, ...request.context };
  if (isAllowed({ Statement: [...statements, ...ofResource] }, { principal: arn, ...request, context })) return;
  fail(
    "AccessDeniedException",
    `User: ${arn} is not authorized to perform: ${request.action} on resource: ${request.resource} because no ` +
      `identity-based policy allows the ${request.action} action`,
  );
}

/** A caller's policies as they are now, not as they were when its keys were made. */
function callerOf(controlPlane: ControlPlane, key: RoleKey | IamUser): Caller {
  if (!("roleName" in key)) return callerOfUser(key);
  const { roleName } = key;
  return controlPlane.callerOfRole(roleName) ?? fail("InvalidClientTokenId", invalidToken, 403);
}

const invalidToken = "The security token included in the request is invalid.";

/** As a signature says it, before anything of it is verified: who is refused is told so in the service's own form. */
const serviceOf = ({ authorization }: IncomingHttpHeaders) =>
  /Credential=[^/]+\/\d+\/[^/]*\/([^/]*)\//.exec(authorization ?? "")?.[1];

const s3Service = (controlPlane: ControlPlane): AwsService => {
  const answer = ({ xml, bytes, ...rest }: ReturnType<typeof s3Error>): ServiceAnswer => {
    if (xml === undefined) return bytes === undefined ? rest : { ...rest, body: bytes };
    return { ...rest, headers: { "content-type": "application/xml", ...rest.headers }, body: xml };
  };
  return {
    name: "s3",
    endpointName: "S3",
    respond: ({ caller, ...request }) => answer(respondToRequest(controlPlane, caller, request)),
    errorAnswer: (error) => answer(s3Error(error)),
  };
};

/** What a signature's fault is called in JSON (AWS docs, "Common error types"). */
const jsonErrorCodes: Readonly<Record<string, string>> = {
  AccessDenied: "MissingAuthenticationToken",
  InvalidAccessKeyId: "UnrecognizedClientException",
  InvalidToken: "UnrecognizedClientException",
  SignatureDoesNotMatch: "InvalidSignatureException",
  RequestTimeTooSkewed: "InvalidSignatureException",
};

/** And in XML, outside S3. */
const xmlErrorCodes: Readonly<Record<string, string>> = {
  AccessDenied: "MissingAuthenticationToken",
  AccessDeniedException: "AccessDenied",
  InvalidAccessKeyId: "InvalidClientTokenId",
  InvalidToken: "InvalidClientTokenId",
  RequestTimeTooSkewed: "SignatureDoesNotMatch",
};

/** An error in AWS's XML protocols but S3's. @param xmlns the service's, as an attribute */
export function xmlErrorAnswer({ code, message, status }: AwsError, xmlns: string): ServiceAnswer {
  const name = xmlErrorCodes[code] ?? code;
  const text = name === "InvalidClientTokenId" ? invalidToken : message.replace(`${code}: `, "");
  return xmlAnswer(
    name === "AccessDenied" ? 403 : status,
    `<ErrorResponse ${xmlns}><Error><Type>Sender</Type><Code>${name}</Code><Message>${escapeXml(text)}</Message>` +
      `</Error><RequestId>${randomUUID()}</RequestId></ErrorResponse>`,
  );
}

export const xmlAnswer = (status: number, xml: string): ServiceAnswer => ({
  status,
  headers: { "content-type": "text/xml" },
  body: `<?xml version="1.0"?>\n${xml}`,
});

/** An error in AWS's JSON protocols. */
const jsonErrors = {
  errorAnswer: ({ code, message, status }: AwsError): ServiceAnswer => ({
    status,
    headers: { "content-type": "application/x-amz-json-1.1" },
    body: JSON.stringify({ __type: jsonErrorCodes[code] ?? code, message: message.replace(`${code}: `, "") }),
  }),
};

/**
 * A service whose protocol is AWS JSON: the operation is in a header, what it is given and what it answers are JSON.
 *
 * @param service.target what comes before an operation's name, such as `AmazonSSM`
 * @param service.operations by name; each refuses the caller that may not call it, with `need`
 */
export function jsonService(service: {
  readonly name: string;
  readonly endpointName: string;
  readonly target: string;
  readonly operations: Readonly<
    Record<string, (input: Readonly<Record<string, unknown>>, call: ServiceCall) => object | Promise<object>>
  >;
}): AwsService {
  const { name, endpointName, target, operations } = service;
  return {
    name,
    endpointName,
    async respond(call) {
      const [prefix, operation = ""] = String(call.headers["x-amz-target"]).split(".");
      const run = prefix === target ? operations[operation] : undefined;
      if (run === undefined)
        fail("NotImplemented", `The sandbox's ${endpointName} does not have the operation ${operation}`, 501);
      let input: unknown;
      try {
        input = JSON.parse(call.body.toString());
      } catch {
        fail("SerializationException", "The request is no JSON");
      }
      const output = await run(input as Readonly<Record<string, unknown>>, call);
      return { headers: { "content-type": "application/x-amz-json-1.1" }, body: JSON.stringify(output) };
    },
    errorAnswer: jsonErrors.errorAnswer,
  };
}
