// The component by which users change their own picture: an HTTP API on AWS, with a function that processes and stores
// pictures, and a sweep that erases those of users who are no more.
import * as pulumi from "@pulumi/pulumi";
import { holdTenant } from "../children-tenant.ts";
import type { OutputsOf } from "../component-outputs.ts";
import { assertNoRefusals, validOrThrow } from "../validation.ts";
import { announceUploads } from "./announce-uploads.ts";
import { newDeadLetters, runSweeps } from "./erasure.ts";
import { newHttpApi } from "./http-api.ts";
import { newMachineClient } from "./machine-client.ts";
import type { NewMachineClient } from "./machine-client.ts";
import { assertAlarmRegion, tenantDomainOf, validateUploadsPlace } from "./tenant-domain.ts";
import { newTokenApi } from "./token-api.ts";
import type { PictureUploadsArgs } from "./upload-args.ts";
import { newSweepFunction, newUploadFunction } from "./upload-functions.ts";
import { uploadScope, WriteBack } from "./upload-sets.ts";
import { validateUploads } from "./validate-uploads.ts";

/**
 * Users change their own picture: `PUT`, `DELETE` and `GET` of one URL, with an access token of the user. What is
 * stored was made from the picture that was sent: upright, square, in sRGB, without metadata. Whoever is deleted in
 * Auth0 has no picture any more, within a time that is watched.
 *
 * npm's package `@img/sharp-wasm32` processes the pictures. The plugin brings it along; a program of Node needs it
 * beside this package, and the message has the line that installs it.
 *
 * @example
 * const store = new PictureStore("pictures", { defaultPictures: { general: { file: "default-picture.png" } } });
 * const uploads = new PictureUploads("uploads", {
 *   bucketName: store.bucketName,
 *   bucketArn: store.bucketArn,
 *   pictureBaseUrl: store.baseUrl,
 *   distributionArn: store.distributionArn,
 *   allowedOrigins: ["https://app.example.org"],
 * });
 * export const endpoint = uploads.endpoint; // https://….execute-api.eu-central-1.amazonaws.com/picture
 */
export class PictureUploads extends pulumi.ComponentResource {
  /** The URL that pictures are sent to. */
  declare readonly endpoint: pulumi.Output<string>;
  /** What an application asks tokens for. */
  declare readonly audience: pulumi.Output<string>;
  /** The scope that such a token needs. */
  declare readonly scope: pulumi.Output<string>;
  /** The Lambda function that takes uploads. */
  declare readonly uploadFunctionName: pulumi.Output<string>;
  /** The CloudWatch log group of the function that takes uploads. */
  declare readonly uploadLogGroupName: pulumi.Output<string>;
  /** The Lambda function that erases the pictures of users who are no more. */
  declare readonly sweepFunctionName: pulumi.Output<string>;
  /** The CloudWatch log group of the function that erases. */
  declare readonly sweepLogGroupName: pulumi.Output<string>;
  /** The SQS queue of the erasures that failed for good. */
  declare readonly deadLetterQueueUrl: pulumi.Output<string>;
  /** The client id of the Auth0 application that reads users. */
  declare readonly readerClientId: pulumi.Output<string>;
  /** The client id of the Auth0 application that writes `user_metadata`; none where `writeBack` is `none`. */
  declare readonly writerClientId: pulumi.Output<string | undefined>;

  /**
   * @throws pulumi.RunError with every bad argument, before anything is registered; a tenant that nobody names, and an
   *   alarm's action in another region, before anything but the component
   */
  constructor(name: string, args: PictureUploadsArgs, opts?: pulumi.ComponentResourceOptions) {
    const subject = `PictureUploads "${name}"`;
    const options = validOrThrow(subject, args, () => validateUploads(subject, args, name));
    super("auth0-user-pictures:index:PictureUploads", name, args, opts);
    const child = { parent: this };
    assertNoRefusals(`${subject} cannot be created:`, validateUploadsPlace(this, options));
    assertAlarmRegion(subject, this, options);
    const domain = tenantDomainOf(subject, this);
    holdTenant(this, subject);

    const audience = newTokenApi(name, options, this, subject);
    const { reader, writer } = newMachineClients(name, options, { subject, domain }, child);
    const deadLetters = newDeadLetters(name, options, child);
    const told = { ...options, domain, reader, writer, queueArn: deadLetters.arn };
    const upload = newUploadFunction(name, told, child);
    const sweep = newSweepFunction(name, told, child);
    const endpoint = newHttpApi(name, { ...options, lambda: upload.lambda, domain, audience }, child);
    runSweeps(name, { ...options, subject, lambda: sweep.lambda, deadLetters }, child);
    announceUploads(options, this);

    const outputs: OutputsOf<PictureUploads> = {
      endpoint,
      audience,
      scope: pulumi.output<string>(uploadScope),
      uploadFunctionName: upload.lambda.name,
      uploadLogGroupName: upload.logGroup.name,
      sweepFunctionName: sweep.lambda.name,
      sweepLogGroupName: sweep.logGroup.name,
      deadLetterQueueUrl: deadLetters.url,
      readerClientId: reader.clientId,
      writerClientId: pulumi.output(writer?.clientId),
    };
    Object.assign(this, outputs);
    this.registerOutputs(outputs);
  }
}

/** One client for each scope, so that a credential that leaks can do one thing. */
function newMachineClients(
  name: string,
  { clientAuthentication, writeBack = WriteBack.UserMetadata, tags }: PictureUploadsArgs,
  tenant: { readonly subject: string; readonly domain: pulumi.Input<string> },
  child: pulumi.CustomResourceOptions,
): { readonly reader: NewMachineClient; readonly writer: NewMachineClient | undefined } {
  const common = { ...tenant, ...(clientAuthentication && { clientAuthentication }), ...(tags && { tags }) };
  const reader = newMachineClient(
    name,
    {
      ...{ ...common, role: "reader", scope: "read:users" },
      description: "Picture uploads: which picture a user has, and whether there is the user",
    },
    child,
  );
  // Without it there is no credential that could write.
  if (writeBack === WriteBack.None) return { reader, writer: undefined };
  const writer = newMachineClient(
    name,
    { ...{ ...common, role: "writer", scope: "update:users" }, description: "Picture uploads: names a user's picture" },
    child,
  );
  return { reader, writer };
}
