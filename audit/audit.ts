// `npm run audit:aws`: lets checkov judge what the stack's picture store and uploads plan in AWS. The controls
// must explain each check that fails. It needs Python 3 and PyPI, and no AWS account.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { refusalText } from "../actions/bundle/schema.ts";
import { stackSettings } from "../settings/stack-file.ts";
import { compare, findPython, installCheckov, judge } from "./checkov.ts";
import { plannedResources } from "./planned-resources.ts";
import type { PlannedResource } from "./planned-resources.ts";
import { terraformPlan } from "./terraform-plan.ts";

const projectFolder = join(import.meta.dirname, "..");
const say = (text: string) => void process.stdout.write(`${text}\n`);

/**
 * Mistakes that are made on purpose, each with the check that must find it: an audit that does not find these is not
 * working.
 */
const seeded: readonly { id: string; type: string; spoil: (inputs: Inputs) => Inputs | undefined }[] = [
  {
    id: "CKV2_AWS_6",
    type: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    spoil: () => undefined,
  },
  {
    id: "CKV_AWS_21",
    type: "aws:s3/bucketVersioning:BucketVersioning",
    spoil: (inputs) => ({ ...inputs, versioningConfiguration: { status: "Suspended" } }),
  },
  {
    id: "CKV_AWS_34",
    type: "aws:cloudfront/distribution:Distribution",
    spoil: ({ defaultCacheBehavior, ...inputs }) => ({
      ...inputs,
      defaultCacheBehavior: { ...(defaultCacheBehavior as Inputs), viewerProtocolPolicy: "allow-all" },
    }),
  },
];
type Inputs = PlannedResource["inputs"];

const spoilt = (planned: readonly PlannedResource[]) =>
  planned.flatMap((resource) => {
    const found = seeded.find(({ type }) => type === resource.type);
    const inputs = found === undefined ? resource.inputs : found.spoil(resource.inputs);
    return inputs === undefined ? [] : [{ ...resource, inputs }];
  });

const { values } = parseArgs({ options: { stack: { type: "string", default: "dev" } } });
const folder = await mkdtemp(join(tmpdir(), "audit-"));
try {
  process.exitCode = await audit(values.stack);
} catch (error) {
  process.stderr.write(`The audit has failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** @returns the process's exit code */
async function audit(stack: string): Promise<number> {
  const python = await findPython();
  if (python === undefined) {
    say("There is no Python 3 on the PATH, and checkov needs it: nothing was audited.");
    return 0;
  }
  const { args, refusals } = stackSettings(projectFolder, stack);
  if (refusals.length > 0) throw new Error(refusals.map(refusalText).join("\n"));
  if (args.store === undefined) {
    say(`The stack ${stack} keeps pictures elsewhere (pictureBaseUrl), and plans nothing in AWS: nothing was audited.`);
    return 0;
  }
  const planned = await plannedResources(args);
  say(`The stack ${stack} plans ${planned.length} AWS resources. Installing checkov into ${folder} …`);
  const checkov = await installCheckov(python, folder);

  const { passed, failed } = await judge(checkov, folder, terraformPlan(planned));
  const { explained, unexplained } = compare(failed, args);
  say(`${passed} checks passed. ${failed.length} failed, of which the controls explain ${explained.length}:`);
  for (const line of explained) say(`  ${line}`);
  if (unexplained.length > 0) {
    say(`\n${unexplained.length} failed without an explanation:`);
    for (const line of unexplained) say(`  ${line}`);
  }

  const found = compare((await judge(checkov, folder, terraformPlan(spoilt(planned)))).failed, args).unexplained;
  const missed = seeded.filter(({ id }) => !found.some((line) => line.startsWith(`${id} `)));
  for (const { id } of missed) say(`\nThe audit does not find what was spoilt on purpose: ${id} did not fail.`);
  if (missed.length === 0) say(`\nSpoilt on purpose, the plan fails: ${seeded.map(({ id }) => id).join(", ")}.`);
  return unexplained.length + missed.length > 0 ? 1 : 0;
}
