// The settings of the aws provider that the stand-in uses, and what resources take from them.
import type { Properties } from "./protocol.ts";

export type Tags = Readonly<Record<string, string>>;

export interface AwsSettings {
  readonly region: string;
  /** The tags in `aws:defaultTags`, which every resource gets that has tags. */
  readonly defaultTags: Tags;
}

/** A resource's own region, else the stack's. */
export const regionOf = (inputs: Properties, { region }: Pick<AwsSettings, "region">) =>
  (inputs["region"] as string | undefined) ?? region;

/** A resource's own tags, and the stack's default ones, but where `overrideProvider` has others. */
export function allTags(
  { tags, overrideProvider }: Properties,
  { defaultTags }: Pick<AwsSettings, "defaultTags">,
): Tags {
  const override = overrideProvider as { defaultTags?: { tags?: Tags } } | undefined;
  return { ...(override?.defaultTags?.tags ?? defaultTags), ...(tags as Tags | undefined) };
}
