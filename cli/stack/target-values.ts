// What a command can be told of its target, by the names that the stack's outputs have, and what each may be.
import * as v from "valibot";
import { byName, list, matching, passing, refusalsOf, shape, shown } from "../../actions/bundle/schema.ts";
import type { Refusal, Schema } from "../../actions/bundle/schema.ts";

/** Outputs of a stack, and what else its config or a file says. */
export interface TargetValues {
  readonly bucketName?: string;
  readonly pictureBaseUrl?: string;
  readonly distributionId?: string;
  readonly defaultPictureUrl?: string;
  readonly actionId?: string;
  readonly actionVersionId?: string;
  readonly connections?: Readonly<Record<string, string>>;
  readonly dnsRecords?: readonly DnsRecord[];
  /** The tenant's. */
  readonly domain?: string;
  /** The bucket's. */
  readonly region?: string;
  readonly expectedTenant?: string;
  readonly expectedAwsAccount?: string;
}

interface DnsRecord {
  readonly name: string;
  readonly type: string;
  readonly value: string;
}

const text = matching(/^[^\p{Cc}]{1,2048}$/u, "a text of one line");
const id = matching(/^[\w-]{1,128}$/, "an id, as the stack's output says it");
const domain = matching(
  /^(?:https:\/\/)?[a-z0-9.-]+(?::\d+)?\/?$/i,
  "the tenant's domain only, such as example.eu.auth0.com",
);

const entries: { readonly [Name in keyof TargetValues]-?: Schema } = {
  bucketName: matching(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "the name of an S3 bucket"),
  pictureBaseUrl: passing(
    (value) => isUrl(value, ({ search }) => search === ""),
    (value) => `${shown(value)} was given; it must be a URL such as https://pictures.example.com/.`,
  ),
  distributionId: matching(/^[A-Z0-9]{1,64}$/, "the id of a CloudFront distribution, such as E1EXAMPLE"),
  defaultPictureUrl: passing(
    (value) => isUrl(value),
    (value) => `${shown(value)} was given; it must be an https URL.`,
  ),
  actionId: id,
  actionVersionId: id,
  connections: byName(text, text, "an object with a sync setting for each connection's name"),
  dnsRecords: list(shape<DnsRecord>({ name: text, type: text, value: text }), "a list of DNS records"),
  domain,
  region: matching(/^[a-z]{2,}(?:-[a-z]+)+-\d{1,2}$/, "an AWS region, such as eu-central-1"),
  expectedTenant: domain,
  expectedAwsAccount: matching(/^\d{12}$/, "the account's 12 digits, in quotes"),
};

/** Outputs of the component that no command needs. They are in a file that `pulumi stack output` wrote. */
const otherOutputs = [
  ...["distributionDomainName", "bucketPolicyJson", "kmsKeyPolicyStatement", "pictureOrigin", "uploaderPolicyJson"],
  ...["uploadsEndpoint", "uploadsAudience", "uploadsScope"],
];

/** What a stack's config says, and no output: one of this name is another program's, such as its site's domain. */
const configNames: readonly string[] = ["domain", "region", "expectedTenant", "expectedAwsAccount"];

export const valueNames = Object.keys(entries) as (keyof TargetValues)[];

export interface ReadValues {
  /** The good ones. */
  readonly values: TargetValues;
  readonly refusals: readonly Refusal[];
}

/** What is there of the values; others are passed over. */
export function readValues(given: Readonly<Record<string, unknown>>): ReadValues {
  const found = valueNames.map((name) => [name, given[name]] as const).filter(([, value]) => isSaid(value));
  const checked = found.map(([name, value]) => ({ name, value, refusals: refusalsOfValue(name, value) }));
  const good = checked.filter(({ refusals }) => refusals.length === 0).map(({ name, value }) => [name, value] as const);
  return { values: Object.fromEntries(good), refusals: checked.flatMap(({ refusals }) => refusals) };
}

/** Of what a stack exports, which may be much else. */
export const readOutputs = (given: Readonly<Record<string, unknown>>): ReadValues =>
  readValues(Object.fromEntries(Object.entries(given).filter(([name]) => !configNames.includes(name))));

/** As `readValues`; whatever else is there is refused, because it may be a name with a slip in it. */
export function readOnlyValues(given: Readonly<Record<string, unknown>>): ReadValues {
  const read = readValues(given);
  const others = Object.keys(given).filter((name) => ![...valueNames, ...otherOutputs].includes(name));
  const refusals = others.map((name) => ({
    path: [name],
    message: isCredential(name)
      ? "a credential does not belong in a file. Set it in the environment (AUTH0_CLIENT_SECRET, …), take it out " +
        "here, and out of service if others can read the file."
      : `there is no such setting. There are ${valueNames.join(", ")}. Where the outputs are in an object of ` +
        "their own, name it with --outputs.",
  }));
  return { values: read.values, refusals: [...read.refusals, ...refusals] };
}

/** Pulumi leaves out an output that is undefined; a file may say `null`, and an environment nothing. */
const isSaid = (value: unknown) => value !== undefined && value !== null && value !== "";

const isCredential = (name: string) => /secret|token|password|private.?key|client.?id|access.?key/i.test(name);

function refusalsOfValue(name: keyof TargetValues, value: unknown): Refusal[] {
  // What Pulumi prints in the place of a secret.
  if (value === "[secret]")
    return [{ path: [name], message: "it is a secret in the stack, and no secret is read. Export it as it is." }];
  return refusalsOf(v.object({ [name]: entries[name] }), { [name]: value });
}

/** Of a sandbox on this machine it may be without TLS. */
function isUrl(value: unknown, isAllowed: (url: URL) => boolean = () => true): boolean {
  const url = typeof value === "string" && value.length <= 2048 ? URL.parse(value) : null;
  if (url === null || url.username !== "" || url.password !== "" || url.hash !== "") return false;
  const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  return (url.protocol === "https:" || (url.protocol === "http:" && isLocal)) && isAllowed(url);
}
