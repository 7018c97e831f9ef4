// checkov, which judges Terraform plans by hundreds of rules. It is installed into a temporary folder, and its verdicts
// are compared with the components' controls.
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { ControlStatus } from "../components/security-control.ts";
import { controls } from "../components/picture-store/controls.ts";
import { uploadControls } from "../components/picture-uploads/upload-controls.ts";
import type { UserPicturesArgs } from "../components/user-pictures-args.ts";
import type { TerraformPlan } from "./terraform-plan.ts";

/** Pinned, because another version has other rules. */
const checkovVersion = "3.3.30";

/** One rule's verdict on one resource. */
export interface Check {
  /** Such as `CKV_AWS_18`. */
  readonly id: string;
  readonly name: string;
  /** Such as `aws_s3_bucket.user_pictures_store_bucket`. */
  readonly resource: string;
}

export interface Report {
  readonly passed: number;
  readonly failed: readonly Check[];
}

/** The command of Python 3; undefined if there is no Python 3. */
export async function findPython(): Promise<string | undefined> {
  for (const python of ["python3", "python"]) {
    const { stdout } = await run(python, ["--version"]).catch(() => ({ stdout: "" }));
    if (/^Python 3\./.test(stdout)) return python;
  }
  return undefined;
}

/**
 * @returns checkov's command
 * @throws if PyPI cannot be reached
 */
export async function installCheckov(python: string, folder: string): Promise<string> {
  const environment = join(folder, "python");
  await run(python, ["-m", "venv", environment]);
  await run(join(environment, "bin", "pip"), ["install", "--quiet", `checkov==${checkovVersion}`]);
  return join(environment, "bin", "checkov");
}

export async function judge(checkov: string, folder: string, plan: TerraformPlan): Promise<Report> {
  const file = join(folder, "plan.json");
  await writeFile(file, JSON.stringify(plan));
  const options = ["--framework", "terraform_plan", "--output", "json", "--compact", "--skip-download", "--soft-fail"];
  const { stdout } = await run(checkov, ["--file", file, ...options]);
  return readReport(stdout);
}

/** @throws Error if the text is no report, or a report without verdicts: checkov did not understand the plan then */
export function readReport(text: string): Report {
  const { results } = JSON.parse(text) as {
    results?: Record<"passed_checks" | "failed_checks" | "parsing_errors", unknown[]>;
  };
  if (results === undefined || results.passed_checks.length === 0 || results.parsing_errors.length > 0)
    throw new Error("checkov did not judge the plan");
  const failed = results.failed_checks as { check_id: string; check_name: string; resource: string }[];
  return {
    passed: results.passed_checks.length,
    failed: failed.map(({ check_id, check_name, resource }) => ({ id: check_id, name: check_name, resource })),
  };
}

/**
 * The failed checks that the components' controls explain, each with its reason, and those that they do not.
 *
 * @param given in which an option turns an exception into a pass
 */
export function compare(
  failed: readonly Check[],
  { store = {}, uploads = {} }: Pick<UserPicturesArgs, "store" | "uploads">,
): { explained: string[]; unexplained: string[] } {
  const explained: string[] = [];
  const unexplained: string[] = [];
  for (const { id, name, resource } of failed) {
    const [known, given] = isOfUploads(resource) ? [uploadControls, uploads] : [controls, store];
    const control = known.find((it) => it.id === id);
    const what = `${id} on ${resource} (${name})`;
    if (control === undefined) unexplained.push(`${what}: the controls do not name it`);
    else if (control.status === ControlStatus.Pass) unexplained.push(`${what}: the controls say that it passes`);
    else if (control.option !== undefined && control.option in given)
      unexplained.push(`${what}: the controls say that it passes with ${control.option}, which is set`);
    else explained.push(`${what}: ${control.reason}`);
  }
  return { explained, unexplained };
}

/** As Terraform names it: after the component, and that after the program's. */
const isOfUploads = (resource: string) => /_uploads_/.test(resource);

const run = (command: string, args: readonly string[]) =>
  promisify(execFile)(command, args, { maxBuffer: 64 * 1024 * 1024 });
