// `npm run audit:aws`: lets checkov judge what the stack's picture store and uploads plan in AWS, and uploads whatever
// the stack says of them. The controls must explain each check that fails. It needs Python 3 and PyPI, and no AWS
// account.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { refusalText } from "../actions/bundle/schema.ts";
import { stackSettings } from "../settings/stack-file.ts";
import { auditedPlans, everyUploadsPlan } from "./audited-plans.ts";
import { compare, findPython, installCheckov, judge } from "./checkov.ts";
import { plannedResources } from "./planned-resources.ts";
import { seededMistakes, spoilt } from "./seeded-mistakes.ts";
import { terraformPlan } from "./terraform-plan.ts";

const projectFolder = join(import.meta.dirname, "..");
const say = (text: string) => void process.stdout.write(`${text}\n`);

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
  say(`Installing checkov into ${folder} …`);
  const checkov = await installCheckov(python, folder);

  const explained = new Set<string>();
  const unexplained = new Set<string>();
  for (const plan of auditedPlans(stack, args)) {
    const planned = await plannedResources(plan.args);
    const report = await judge(checkov, folder, terraformPlan(planned));
    const verdicts = compare(report.failed, plan.args);
    const counts = `${report.passed} checks passed, ${report.failed.length} failed`;
    say(
      `${plan.what}: ${planned.length} AWS resources, ${counts}, of which ${verdicts.explained.length} are explained.`,
    );
    for (const line of verdicts.explained) explained.add(line);
    for (const line of verdicts.unexplained) unexplained.add(`${plan.what}: ${line}`);
  }
  say("\nExplained:");
  for (const line of explained) say(`  ${line}`);
  if (unexplained.size > 0) {
    say(`\n${unexplained.size} failed without an explanation:`);
    for (const line of unexplained) say(`  ${line}`);
  }

  const mistaken = spoilt(await plannedResources(everyUploadsPlan.args));
  const found = compare((await judge(checkov, folder, terraformPlan(mistaken))).failed, everyUploadsPlan.args);
  const missed = seededMistakes.filter(({ id }) => !found.unexplained.some((line) => line.startsWith(`${id} `)));
  for (const { id } of missed) say(`\nThe audit does not find what was spoilt on purpose: ${id} did not fail.`);
  if (missed.length === 0)
    say(`\nSpoilt on purpose, the plan fails: ${seededMistakes.map(({ id }) => id).join(", ")}.`);
  return unexplained.size + missed.length > 0 ? 1 : 0;
}
