// The workflows' invariants: what each job may do, that what it uses is pinned, and that nothing in them is a secret.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { engineBuild } from "../sandbox/engine/build.ts";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  /** A reusable workflow, which has steps of its own. */
  readonly uses?: string;
  readonly needs?: string | readonly string[];
  readonly if?: string;
  readonly environment?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly "timeout-minutes"?: number;
  readonly strategy?: { readonly matrix: { readonly stack?: readonly string[] } };
  readonly steps?: readonly Step[];
}

interface Workflow {
  readonly name: string;
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: object;
  readonly concurrency?: { readonly group: string; readonly "cancel-in-progress": unknown };
  readonly jobs: Readonly<Record<string, Job>>;
}

const folder = ".github/workflows";
const workflows = readdirSync(folder).map((file) => {
  const text = readFileSync(join(folder, file), "utf8");
  return { file, text, workflow: parse(text) as Workflow };
});
const actions = readdirSync(".github/actions").map((name) => {
  const text = readFileSync(join(".github/actions", name, "action.yml"), "utf8");
  return { name, text, action: parse(text) as { inputs?: Record<string, unknown>; runs: { steps: Step[] } } };
});
const jobs = workflows.flatMap(({ file, workflow }) =>
  Object.entries(workflow.jobs).map(([name, job]) => ({
    ...{ name: `${file} ${name}`, job, on: Object.keys(workflow.on) },
    steps: job.steps ?? [],
  })),
);
/** Those of a step that is one of this repository's own actions are that action's. */
const allSteps = (steps: readonly Step[]): Step[] =>
  steps.flatMap((step) => {
    const own = actions.find(({ name }) => step.uses === `./.github/actions/${name}`);
    return own === undefined ? [step] : own.action.runs.steps;
  });
/** Whether a program that runs in the job could act as somebody: sign in elsewhere, or write to the repository. */
const hasIdentity = ({ permissions = {} }: Job) => Object.values(permissions).includes("write");
const texts = [...workflows, ...actions].map(({ text }) => text).join("\n");
const stepsOf = (name: string) => jobs.find((job) => job.name === name)?.steps ?? [];

it("has the six workflows", () => {
  expect(workflows.map(({ file }) => file)).toEqual([
    "check.yml",
    "deploy.yml",
    "doctor.yml",
    "drift.yml",
    "preview.yml",
    "release.yml",
  ]);
});

describe.each(workflows)("$file", ({ file, workflow }) => {
  it("is named as its file, permits nothing by itself, and never runs twice at once", () => {
    expect(`${workflow.name}.yml`).toBe(file);
    expect(workflow.permissions).toEqual({});
    expect(workflow.concurrency?.group).toBeTruthy();
  });

  it("gives no fork's code a token that can do anything", () => {
    expect(Object.keys(workflow.on)).not.toContain("pull_request_target");
    expect(Object.keys(workflow.on)).not.toContain("workflow_run");
  });
});

describe.each(jobs)("$name", ({ job, on, name, steps }) => {
  it("says what it may do and how long, and keeps the token out of Git's configuration", () => {
    expect(job.permissions).toEqual(permissions[name]);
    if (job.uses === undefined) expect(job["timeout-minutes"]).toBeGreaterThan(0);
    const checkouts = steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"));
    for (const checkout of checkouts) expect(checkout.with?.["persist-credentials"]).toBe(false);
  });

  it("does not run for a fork's pull request where it has an identity", () => {
    if (on.includes("pull_request") && job.permissions?.["id-token"] !== undefined)
      expect(job.if).toContain("github.event.pull_request.head.repo.full_name == github.repository");
  });

  it("puts no expression into a script, whose text others may write", () => {
    for (const { run = "" } of allSteps(steps)) expect(run).not.toContain("${{");
  });

  it("runs no package's own scripts where it has an identity", () => {
    const installs = allSteps(steps).filter(({ run = "" }) =>
      /\b(?:npm (?:ci|i|install|publish|exec|pack)|npx)\b/.test(run),
    );
    if (hasIdentity(job)) for (const { run } of installs) expect(run).toContain("--ignore-scripts");
  });
});

/** Every job's, in full: whoever gives a job more says so here too. */
const permissions: Readonly<Record<string, object>> = {
  "check.yml test": { contents: "read" },
  "check.yml workflows": { contents: "read" },
  "deploy.yml check": { contents: "read" },
  "deploy.yml dev": { contents: "read", "id-token": "write" },
  "deploy.yml prod": { contents: "read", "id-token": "write" },
  "doctor.yml examine": { contents: "read", "id-token": "write" },
  "doctor.yml report": { issues: "write" },
  "drift.yml preview": { contents: "read", "id-token": "write" },
  "drift.yml report": { issues: "write" },
  "preview.yml preview": { contents: "read", "id-token": "write", "pull-requests": "write" },
  "release.yml version": { contents: "write", "pull-requests": "write" },
  "release.yml check": { contents: "read" },
  "release.yml pack": { contents: "read" },
  "release.yml publish": { "id-token": "write" },
  "release.yml tag": { contents: "write" },
};

describe("what they use", () => {
  it("is pinned by its commit, with its version beside it, and each action once", () => {
    const uses = [...texts.matchAll(/uses: (\S+)(.*)/g)].filter(([, action]) => !action?.startsWith("./"));
    const pins = new Map<string, Set<string>>();
    for (const [, action = "", comment] of uses) {
      expect(`${action}${comment}`).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
      const [name = "", commit = ""] = action.split("@");
      pins.set(name, (pins.get(name) ?? new Set()).add(commit));
    }
    expect(uses.length).toBeGreaterThan(10);
    for (const commits of pins.values()) expect(commits.size).toBe(1);
  });

  it("has the inputs that it is given", () => {
    for (const { name, action } of actions) {
      const used = jobs.flatMap(({ steps }) => steps).filter(({ uses }) => uses === `./.github/actions/${name}`);
      expect(used.length).toBeGreaterThan(0);
      for (const { with: given = {} } of used)
        expect(Object.keys(action.inputs ?? {})).toEqual(expect.arrayContaining(Object.keys(given)));
    }
  });

  it("is no secret, and no key that lasts", () => {
    expect(texts).not.toMatch(/\bsecrets[.[:]/);
    expect(texts).not.toMatch(
      /AWS_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY)|PULUMI_ACCESS_TOKEN|PULUMI_CONFIG_PASSPHRASE|AUTH0_(?:CLIENT_SECRET|API_TOKEN)|N(?:PM|ODE_AUTH)_TOKEN/,
    );
  });
});

it("tests on the engine that is built where there is none", async () => {
  const { version } = await engineBuild("");
  const install = stepsOf("check.yml test").find(({ uses }) => uses?.startsWith("pulumi/actions@"));

  expect(install?.with).toEqual({ "pulumi-version": version });
});

it("deploys to prod after dev, in the environment that protects it, and never cancels an update", () => {
  const deploy = workflows.find(({ file }) => file === "deploy.yml")?.workflow;

  expect(deploy?.jobs["prod"]).toMatchObject({ needs: "dev", environment: "prod" });
  expect(deploy?.concurrency?.["cancel-in-progress"]).toBe(false);
});

it("checks what was merged before anything goes on with it, and by the same checks", () => {
  const checks = jobs.filter(({ job }) => job.uses === "./.github/workflows/check.yml").map(({ name }) => name);

  expect(checks).toEqual(["deploy.yml check", "release.yml check"]);
  expect(jobs.filter(({ job }) => job.uses !== undefined).length).toBe(checks.length);
  expect(workflows.find(({ file }) => file === "check.yml")?.workflow.on).toHaveProperty("workflow_call");
  // A job that needs another one that failed does not run, if it does not say otherwise.
  const needs = Object.fromEntries(jobs.map(({ name, job }) => [name, job.needs]));
  expect(needs).toMatchObject({
    ...{ "deploy.yml dev": "check", "deploy.yml prod": "dev" },
    ...{ "release.yml pack": "check", "release.yml publish": "pack", "release.yml tag": ["pack", "publish"] },
  });
  for (const { job, on } of jobs) if (on.includes("push")) expect(job.if ?? "").not.toMatch(/always|cancelled|failure/);
});

it("publishes what another job has packed, and installs nothing where it may", () => {
  expect(stepsOf("release.yml publish").flatMap(({ run = [] }) => run)).toEqual([
    'for file in ./package/*.tgz; do [ ! -e "$file" ] || npm publish "$file" --ignore-scripts; done',
  ]);
  const publishers = jobs.filter(({ steps }) => steps.some(({ run = "" }) => run.includes("npm publish")));
  expect(publishers.map(({ name }) => name)).toEqual(["release.yml publish"]);
  for (const name of ["release.yml publish", "release.yml tag"]) {
    const used = stepsOf(name).flatMap(({ uses = [] }) => uses);
    expect(used.filter((action) => !/^actions\/(?:download-artifact|setup-node)@/.test(action))).toEqual([]);
  }
});

describe("the environments", () => {
  const docs = readFileSync("docs/environments.md", "utf8");
  /** With `true` for those of jobs that run for pull requests. */
  const environments = new Map(
    jobs.flatMap(({ job: { environment, strategy }, on }) => {
      const stacks = strategy?.matrix.stack ?? [""];
      const names = stacks.map((stack) => environment?.replace("${{ matrix.stack }}", stack));
      return names.flatMap((name) => (name === undefined ? [] : [[name, on.includes("pull_request")] as const]));
    }),
  );
  const namesIn = (text = "") => [...text.matchAll(/`([a-z-]+)`/g)].map(([, name]) => name).sort();
  /** Of the docs' table: the environments whose rule says this. */
  const withRule = (rule: RegExp) => {
    const rows = docs.split("\n").filter((line) => /^\| `/.test(line) && rule.test(line));
    return rows.flatMap((row) => namesIn(row.split("|")[1])).sort();
  };

  it("are limited to main, but for those of pull requests", () => {
    const limited = [...environments].flatMap(([name, isOfPullRequest]) => (isOfPullRequest ? [] : [name])).sort();

    expect(limited).toEqual(["dev", "doctor-dev", "doctor-prod", "drift-dev", "drift-prod", "npm", "prod"]);
    expect(withRule(/`main` only/)).toEqual(limited);
    const command = /for environment in ([a-z -]+); do/.exec(docs)?.[1]?.split(" ").sort();
    expect(command).toEqual(limited);
  });

  it("give prod's credentials to nobody without a review, or without main", () => {
    const reviewed = withRule(/required reviewers/);

    expect(reviewed).toEqual(["preview-prod", "prod"]);
    const ofProd = [...environments.keys()].filter((name) => name.includes("prod"));
    for (const name of ofProd) expect([...reviewed, ...withRule(/`main` only/)]).toContain(name);
    expect(withRule(/./)).toEqual(expect.arrayContaining([...environments.keys()]));
  });
});

it("changes a stack in `deploy` only, and always with the policies", () => {
  const commands = jobs.flatMap(({ name, steps }) =>
    steps
      .filter(({ uses }) => uses === "./.github/actions/pulumi")
      .map((step) => `${name}: ${String(step.with?.["command"])}`),
  );
  const pulumi = actions.find(({ name }) => name === "pulumi")?.action.runs.steps.at(-1);

  expect(commands).toEqual([
    "deploy.yml dev: up",
    "deploy.yml prod: up",
    "drift.yml preview: preview",
    "preview.yml preview: preview",
  ]);
  expect(pulumi?.with).toMatchObject({
    policyPacks: "policies",
    policyPackConfigs: "Pulumi.${{ inputs.stack }}.policies.json",
  });
  const drift = stepsOf("drift.yml preview").find(({ uses }) => uses === "./.github/actions/pulumi");
  expect(drift?.with).toMatchObject({ drift: true });
});

/** The calls of `gh` that a workflow's script makes, but for those that list. */
function run(script: string, env: Readonly<Record<string, string>>): string[] {
  const folder = mkdtempSync(join(tmpdir(), "workflow-"));
  const calls = join(folder, "calls");
  const issues = env["ISSUES"] ?? "";
  writeFileSync(calls, "");
  const listed = `case "$*" in *list*) case " ${issues} " in *" $6 "*) echo 7;; esac;; *) echo "$*" >> ${calls};; esac`;
  writeFileSync(join(folder, "gh"), `#!/bin/sh\n${listed}\n`, { mode: 0o755 });
  const PATH = `${folder}:${process.env["PATH"] ?? ""}`;
  const variables = { RUN: "run", LOST_DEV: "", LOST_PROD: "", ...env, PATH };
  // Without --norc, bash reads .bashrc here, as a remote shell does, and it may put others' programs before these.
  execFileSync("bash", ["--norc", "-e", "-c", script], { env: variables });
  const made = readFileSync(calls, "utf8").trim().split("\n").filter(Boolean);
  rmSync(folder, { recursive: true });
  return made;
}

describe("drift", () => {
  const store = "auth0-user-pictures:index:UserPictures$auth0-user-pictures:index:PictureStore$";
  const urn = (type: string, name: string) => `urn:pulumi:prod::auth0-user-pictures::${store}${type}::${name}`;
  const deleted = (type: string, name: string) => ({ op: "delete", urn: urn(type, name) });

  const report = stepsOf("drift.yml report").at(-1)?.run ?? "";

  it("tells what is gone from what is changed, by its name", () => {
    const digest = {
      steps: [
        deleted("aws:s3/bucket:Bucket", "user-pictures-store-bucket"),
        deleted("aws:s3/bucketPolicy:BucketPolicy", "user-pictures-store-bucket-policy"),
        { op: "update", urn: urn("aws:cloudfront/distribution:Distribution", "user-pictures-store-distribution") },
        { op: "delete", urn: "urn:pulumi:prod::p::auth0:index/action:Action::user-pictures-action-action" },
      ],
    };
    const lost = (input: object) =>
      spawnSync("sh", ["-c", "jq --raw-output --from-file .github/lost.jq"], {
        input: JSON.stringify(input),
        encoding: "utf8",
      });
    if (lost({}).status === 127) return; // Without jq.

    expect(lost(digest).stdout.trim()).toBe("user-pictures-action-action, user-pictures-store-bucket");
    expect([lost({ steps: [] }).stdout.trim(), lost({}).stdout.trim()]).toEqual(["", ""]);
  });

  it("opens an alarm of its own for what is gone, beside the issue of the drift", () => {
    const calls = run(report, { RESULT: "failure", LOST_PROD: "user-pictures-store-bucket" });

    expect(calls.map((call) => call.split(" ").slice(0, 2).join(" "))).toEqual([
      ...["label create", "issue create"],
      ...["label create", "issue create"],
    ]);
    expect(calls[1]).toContain("Stop deploying");
    expect(calls[1]).toContain("Gone from dev: nothing; from prod: user-pictures-store-bucket. Run no `pulumi up`");
    expect(calls[3]).toContain("A stack has drifted");
  });

  it("adds to an issue that is open, opens none twice, and closes both once all is well", () => {
    expect(run(report, { RESULT: "failure", ISSUES: "drift" })).toEqual([
      expect.stringMatching(/^issue comment 7 --body A stack is not as the program says/),
    ]);
    expect(run(report, { RESULT: "failure", LOST_DEV: "x", ISSUES: "drift lost" })).toEqual([
      expect.stringMatching(/^issue comment 7 --body Gone from dev: x/),
      expect.stringMatching(/^issue comment 7 --body A stack is not/),
    ]);
    expect(run(report, { RESULT: "success", ISSUES: "drift lost" })).toHaveLength(2);
    expect(run(report, { RESULT: "success" })).toEqual([]);
  });

  it("asks the refresh in the job that has the stack's identity, and changes nothing by it", () => {
    const asked = stepsOf("drift.yml preview").find(({ run: script = "" }) => script.includes("pulumi refresh"));

    expect(asked?.run).toContain("--preview-only");
    expect(asked?.run).toContain(".github/lost.jq");
  });
});

describe("doctor", () => {
  const report = stepsOf("doctor.yml report").at(-1)?.run ?? "";

  it("asks with credentials of its own, which are no deployment's", () => {
    const examine = stepsOf("doctor.yml examine").find(({ run: script = "" }) => script.includes("doctor --stack"));

    expect(examine?.run).toContain('pulumi env run "$ORGANIZATION/auth0-user-pictures/doctor-$STACK" -- npm run');
  });

  it("keeps one issue as long as there is a fault", () => {
    expect(run(report, { RESULT: "failure" })).toEqual([
      expect.stringMatching(/^label create doctor /),
      expect.stringMatching(/^issue create .*--label doctor .*to do: run$/),
    ]);
    expect(run(report, { RESULT: "failure", ISSUES: "doctor" })).toEqual([
      expect.stringMatching(/^issue comment 7 --body The doctor found a fault/),
    ]);
    expect(run(report, { RESULT: "success", ISSUES: "doctor" })).toEqual([
      "issue close 7 --comment The doctor finds no fault any more: run",
    ]);
    expect(run(report, { RESULT: "success", ISSUES: "drift" })).toEqual([]);
  });
});

describe("renovate.json", () => {
  const { packageRules } = JSON.parse(readFileSync("renovate.json", "utf8")) as {
    packageRules: { matchPackageNames?: string[]; matchDepNames?: string[]; allowedVersions?: string }[];
  };
  const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Record<string, Record<string, string>>;

  it("names packages that are used, and holds those that package.json holds", () => {
    const used = Object.keys({ ...manifest["dependencies"], ...manifest["devDependencies"], "changesets/action": "" });
    const patterns = packageRules.flatMap(({ matchPackageNames = [], matchDepNames = [] }) => [
      ...matchPackageNames,
      ...matchDepNames,
    ]);
    for (const pattern of patterns)
      expect(used.filter((name) => name === pattern || name.startsWith(pattern.replace("**", "")))).not.toEqual([]);

    const held = (name: string) =>
      packageRules.find(({ matchPackageNames, matchDepNames }) => (matchPackageNames ?? matchDepNames)?.includes(name))
        ?.allowedVersions;
    expect(held("typescript")).toBe("<7");
    expect(manifest["devDependencies"]?.["knip"]).toMatch(new RegExp(`^${held("knip")}\\.`));
  });
});
