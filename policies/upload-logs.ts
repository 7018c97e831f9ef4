// What the uploads log is about people, so it goes after a time.
import type { ResourceValidationPolicy } from "@pulumi/policy";
import { uploadResourceSettings, validateUploadResource } from "./upload-resources.ts";

export const uploadLogs: ResourceValidationPolicy = {
  name: "upload-logs",
  description: "The uploads' logs are not kept for ever.",
  severity: "medium",
  configSchema: { properties: uploadResourceSettings },
  validateResource: validateUploadResource<{ readonly retentionInDays?: number }>(
    ["aws:cloudwatch/logGroup:LogGroup"],
    ({ retentionInDays }, _, reportViolation) => {
      if ((retentionInDays ?? 0) === 0)
        reportViolation(
          "It is kept for ever. Set retentionInDays, such as 30 (for PictureUploads, logRetentionInDays).",
        );
    },
  ),
};
