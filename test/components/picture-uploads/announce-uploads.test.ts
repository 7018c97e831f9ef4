// What a preview says of uploads.
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { announceUploads, describeUploads } from "../../../components/picture-uploads/announce-uploads.ts";
import type { PictureUploadsOptions } from "../../../components/picture-uploads/upload-args.ts";

const topic = "arn:aws:sns:eu-central-1:123456789012:on-call";
const said = vi.spyOn(pulumi.log, "info").mockResolvedValue();

beforeEach(() => said.mockClear());
afterEach(() => pulumi.runtime.disconnect());

/** What is said by a component with these options. */
async function announced(options: PictureUploadsOptions, isPreview: boolean): Promise<unknown[]> {
  const newResource = ({ name }: { readonly name: string }) => ({ id: name, state: {} });
  await pulumi.runtime.setMocks({ newResource, call: () => ({}) }, "program", "test", isPreview);
  announceUploads(options, new pulumi.ComponentResource("test:index:Uploads", "uploads"));
  await pulumi.runtime.disconnect();
  return said.mock.calls.map(([message]) => message);
}

it("says in a preview what goes when, and who hears of it if it does not", async () => {
  expect(await announced({}, true)).toEqual([
    "Users change their own picture. One that was replaced goes 30 days later, and the pictures of a user who is " +
      "deleted go within 72 hours; if they do not, an alarm in CloudWatch tells, which notifies nobody " +
      "(uploads.alarmActions). Without uploads, by pulumi destroy or by leaving the setting out, the pictures that " +
      "stay are nobody's to erase.",
  ]);
});

it("says what was set, once it is known", async () => {
  const options = { replacedPictureDays: pulumi.output(7), sweep: { withinHours: 24 }, alarmActions: [topic] };
  const text = describeUploads(7, 24, [topic]);

  expect(text).toMatch(/ 7 days later,.* within 24 hours; if they do not, alarmActions are told\. /);
  expect(await announced(options, true)).toEqual([text]);
});

it("says nothing in an update, in which all of it is done", async () => {
  expect(await announced({}, false)).toEqual([]);
});
