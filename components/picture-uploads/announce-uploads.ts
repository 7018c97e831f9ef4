// What a stack with uploads promises its users, for the person who reads the preview.
import * as pulumi from "@pulumi/pulumi";
import type { PictureUploadsOptions } from "./upload-args.ts";
import { uploadDefaults } from "./upload-defaults.ts";

/** Says it in each preview, because the resources that a preview lists do not. */
export function announceUploads(options: PictureUploadsOptions, uploads: pulumi.Resource): void {
  if (!pulumi.runtime.isDryRun()) return;
  const { replacedPictureDays, sweep, alarmActions } = options;
  pulumi
    .all([replacedPictureDays, sweep, alarmActions])
    .apply(([days, known, actions]) => pulumi.log.info(describeUploads(days, known?.withinHours, actions), uploads));
}

/** What goes when, who hears of it if it does not, and what stops with the service. */
export function describeUploads(
  replacedPictureDays: number = uploadDefaults.replacedPictureDays,
  withinHours: number = uploadDefaults.sweep.withinHours,
  alarmActions: readonly string[] = [],
): string {
  const told =
    alarmActions.length > 0
      ? "alarmActions are told"
      : "an alarm in CloudWatch tells, which notifies nobody (uploads.alarmActions)";
  return (
    `Users change their own picture. One that was replaced goes ${replacedPictureDays} days later, and the pictures ` +
    `of a user who is deleted go within ${withinHours} hours; if they do not, ${told}. ` +
    "Without uploads, by pulumi destroy or by leaving the setting out, the pictures that stay are nobody's to erase."
  );
}
