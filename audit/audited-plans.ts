// What is judged: what a stack plans, and uploads in the two ways that have all of their resources between them,
// because few stacks declare them.
import type { PictureUploadsOptions } from "../components/picture-uploads/upload-args.ts";
import { ClientAuthentication, WriteBack } from "../components/picture-uploads/upload-sets.ts";
import type { UserPicturesArgs } from "../components/user-pictures-args.ts";

export interface AuditedPlan {
  /** As in `the stack dev`. */
  readonly what: string;
  readonly args: UserPicturesArgs;
}

/** By the compiler, none is missing. */
const everyUploadsOption: Required<PictureUploadsOptions> = {
  allowedOrigins: ["https://app.example.org"],
  identifier: "https://pictures.example.org/uploads",
  issuer: "https://login.example.org/",
  clientAuthentication: ClientAuthentication.PrivateKeyJwt,
  writeBack: WriteBack.UserMetadata,
  replacedPictureDays: 90,
  maxPictures: 20,
  maxSeconds: 10,
  memorySize: 3008,
  reservedConcurrentExecutions: 20,
  throttling: { rateLimit: 5, burstLimit: 10 },
  logRetentionInDays: 365,
  accessLogs: { fields: ["requestId", "status"] },
  alarmActions: ["arn:aws:sns:eu-central-1:123456789012:on-call"],
  eventStream: true,
  sweep: { everyHours: 6, requestsPerSecond: 5, withinHours: 48 },
  tags: { team: "identity" },
};

/** With a store of its own, so that it has every resource that a mistake can be made in. */
export const everyUploadsPlan: AuditedPlan = {
  what: "uploads with every option",
  args: { store: {}, uploads: everyUploadsOption },
};

export const auditedPlans = (stack: string, args: UserPicturesArgs): readonly AuditedPlan[] => [
  { what: `the stack ${stack}`, args },
  { what: "uploads: {}", args: { store: {}, uploads: {} } },
  everyUploadsPlan,
];
