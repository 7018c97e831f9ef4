// The documentation against what it speaks of: every link leads somewhere; every setting, script and file exists.
import { spawnSync } from "node:child_process";
import { existsSync, globSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { roots, settingsOf, settingsReference } from "../../docs/settings-reference.ts";
import { stepsOf } from "../engine/documented-commands.ts";

const read = (file: string) => readFileSync(file, "utf8");

/** What a reader of the repository meets. */
const folders = ["docs/**", "examples/**", "policies", "plugin", "sandbox/tenant", "cli", ".github/**"];
const pages = globSync(["*.md", ...folders.map((folder) => `${folder}/*.md`)]);

const withoutCode = (markdown: string) => markdown.replaceAll(/^ *```.*?^ *```$/gms, "");

/** The lines of the page's `sh` blocks, without comments; a line that ends with a backslash goes on. */
function commandsIn(page: string): string[] {
  const blocks = [...read(page).matchAll(/^ *```sh\n(.*?)^ *```$/gms)].map(([, code = ""]) => code);
  return blocks
    .flatMap((code) => code.replaceAll(/ \\\n\s*/g, " ").split("\n"))
    .map((line) => line.replace(/ +#.*/, "").trim())
    .filter((line) => line !== "");
}

/** A heading's anchor, as GitHub makes it. */
function anchorsOf(markdown: string): string[] {
  const anchors: string[] = [];
  for (const [, heading = ""] of withoutCode(markdown).matchAll(/^#+ (.*)$/gm)) {
    const text = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const anchor = text.replaceAll(/[^\p{L}\p{N}_ -]/gu, "").replaceAll(" ", "-");
    const same = anchors.filter((other) => other.replace(/-\d+$/, "") === anchor).length;
    anchors.push(same === 0 ? anchor : `${anchor}-${same}`);
  }
  return anchors;
}

describe("every page", () => {
  it("is found", () => {
    expect(pages).toEqual(expect.arrayContaining(["README.md", "docs/settings.md", "docs/decisions/README.md"]));
  });

  it.each(pages)("has no link that leads nowhere: %s", (page) => {
    const links = [...withoutCode(read(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
    const broken = links.filter((link) => {
      if (/^(https:|mailto:)/.test(link)) return false;
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? page : normalize(join(dirname(page), path));
      if (!existsSync(target)) return true;
      return anchor !== undefined && !(target.endsWith(".md") && anchorsOf(read(target)).includes(anchor));
    });

    expect(broken).toEqual([]);
  });

  it.each(pages)("shows pictures that are there, are small, and are described: %s", (page) => {
    const html = withoutCode(read(page)).replaceAll(/`[^`]*`/g, "");
    const shown = [...html.matchAll(/(?:src|srcset)="([^"]+)"/g)].map(([, path = ""]) => join(dirname(page), path));
    const missing = shown.filter((path) => !existsSync(path) || statSync(path).size > 60_000);

    expect(missing).toEqual([]);
    expect(html.match(/<img\s(?![^>]*alt="[^"]{10,}")[^>]*>/g) ?? []).toEqual([]);
  });

  it.each(pages)("runs scripts that package.json has: %s", (page) => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const inText = [...withoutCode(read(page)).matchAll(/`(npm [^`]+)`/g)].map(([, command = ""]) => command);
    const commands = [...inText, ...commandsIn(page).filter((command) => command.startsWith("npm "))];
    const unknown = commands.filter((command) => {
      const [verb = "", name = ""] = command.split(/\s+/).filter((word, index) => index > 0 && !word.startsWith("-"));
      if (verb === "start" || verb === "test") return !(verb in scripts);
      return verb === "run" ? !(name in scripts) : !["ci", "install", "pack", "pkg", "view"].includes(verb);
    });

    expect(unknown).toEqual([]);
  });
});

describe("settings", () => {
  const settings = settingsOf(".", roots);
  const paths = settings.map(({ path }) => path);
  /** Names of connections and organizations, and tags, are anybody's. */
  const isSetting = (steps: readonly (string | number)[]): boolean =>
    paths.some((path) => {
      const pattern = path.split(/\.|(?=\[\])/);
      const isByName = /^by name/.test(settings.find((setting) => setting.path === path)?.type ?? "");
      const named = isByName ? [...pattern, "<name>"] : pattern;
      return [pattern, named].some(
        (expected) =>
          expected.length === steps.length &&
          expected.every((part, index) =>
            part === "[]" ? typeof steps[index] === "number" : part === "<name>" || part === steps[index],
          ),
      );
    });

  it("are described in docs/settings.md as their arguments' documentation says", async () => {
    expect(read("docs/settings.md"), "run npm run docs:settings").toBe(await settingsReference());
  });

  it.each(["Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.prod.yaml"])("of %s are described", (file) => {
    const { config } = parse(read(file)) as { config: Record<string, unknown> };
    const own = Object.entries(config).filter(([key]) => !/^(?!auth0-user-pictures:)\w+:/.test(key));
    const set = own.flatMap(([key, value]) => leavesOf([key.replace(/^.*:/, "")], file === "Pulumi.yaml" ? "" : value));

    expect(set.length).toBeGreaterThan(0);
    expect(set.filter((steps) => !isSetting(steps))).toEqual([]);
  });

  it.each(pages)("are set by commands that name them as they are, with --path where it is needed: %s", (page) => {
    const set = commandsIn(page).flatMap((command) => {
      const inConfig = /^npm run pulumi -- config (?:set|rm) (--path )?(?:'([^']+)'|(\S+))/.exec(command);
      const inUp = /^npm run pulumi -- up (--config-path )?--config (?:'([^'=]+)=[^']*'|([^\s=]+)=)/.exec(command);
      const [, option, quoted, bare = ""] = inConfig ?? inUp ?? [];
      return inConfig || inUp ? [{ command, key: quoted ?? bare, isPath: option !== undefined }] : [];
    });
    const wrong = set.filter(({ key, isPath }) => {
      const isOfProvider = /^\w+:/.test(key) || key === "--secret";
      return !isOfProvider && (!isSetting(stepsOf(key, true)) || isPath !== stepsOf(key, true).length > 1);
    });

    expect(wrong).toEqual([]);
  });

  // In docs/api.md `store.bucketArn` is an output of a `PictureStore` of that name.
  const ofSettings = pages.filter((page) => page !== "docs/api.md");
  it.each(ofSettings)("are spelt as they are in the text and in YAML: %s", (page) => {
    const inText = [...read(page).matchAll(/`((?:store|defaultPictures|action|connections)\.[\w.[\]"-]+)`/g)];
    const named = inText.map(([, path = ""]) => stepsOf(path.replaceAll("[]", "[0]"), true));
    const blocks = [...read(page).matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, code = ""]) => parse(code) as object);
    const ofConfig = blocks.flatMap((block) => Object.entries("config" in block ? (block.config as object) : block));
    const inYaml = ofConfig
      .filter(([key]) => key.startsWith("auth0-user-pictures:"))
      .flatMap(([key, value]) => leavesOf([key.replace(/^.*:/, "")], value));

    expect([...named, ...inYaml].filter((steps) => !isSetting(steps))).toEqual([]);
  });
});

/** The steps to each value that holds no other. */
function leavesOf(steps: readonly (string | number)[], value: unknown): (readonly (string | number)[])[] {
  if (typeof value !== "object" || value === null || Object.keys(value).length === 0) return [steps];
  return Array.isArray(value)
    ? value.flatMap((item, index) => leavesOf([...steps, index], item))
    : Object.entries(value).flatMap(([key, inner]) => leavesOf([...steps, key], inner));
}

describe("README.md", () => {
  const readme = read("README.md");

  it("can be read in one go", () => {
    expect(readme.trimEnd().split("\n").length).toBeLessThanOrEqual(160);
  });

  it("says what it is, how to see it, how to use it, and only then the rest", () => {
    expect([...readme.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)).toEqual([
      "See it work",
      "In your program",
      "Deploy this repository",
      "The settings that most people touch",
      "Which picture a login shows",
      "Users' own pictures",
      "What it never does in a shared tenant",
      "Where to read on",
    ]);
  });

  it("leads to every page of docs/", () => {
    const notLinked = readdirSync("docs")
      .filter((name) => name.endsWith(".md"))
      .filter((name) => !readme.includes(`](docs/${name})`));

    expect(notLinked).toEqual([]);
  });
});

describe("docs/picture-store.md", () => {
  it("links each row of the table to code that is there", () => {
    const file = "docs/picture-store.md";
    const links = [...read(file).matchAll(/\[`([^`]+)`\]\(([^)]+)\)/g)].map(([, symbol = "", path = ""]) => ({
      symbol,
      path: join(dirname(file), path),
    }));
    const toCode = links.filter(({ path }) => path.endsWith(".ts"));

    expect(toCode.length).toBeGreaterThan(35);
    expect(toCode.filter(({ symbol, path }) => !read(path).includes(symbol))).toEqual([]);
  });
});

describe("docs/deploy-policy.json", () => {
  interface Statement {
    readonly Sid: string;
    readonly Effect: string;
    readonly Action: string | string[];
    readonly Resource: string | readonly string[];
  }
  const policy = JSON.parse(read("docs/deploy-policy.json")) as { Version: string; Statement: Statement[] };
  const actionsOf = ({ Action }: Statement) => [Action].flat();

  it("can be attached as it is: AWS takes at most 6,144 characters, white space not counted", () => {
    expect(policy.Version).toBe("2012-10-17");
    expect(JSON.stringify(policy).length).toBeLessThanOrEqual(6144);
  });

  it("allows named actions, each once and in order", () => {
    const actions = policy.Statement.flatMap(actionsOf);

    expect(policy.Statement.filter(({ Effect }) => Effect !== "Allow")).toEqual([]);
    // What reads, and the four actions of a delivery of logs: a policy has so many characters.
    expect(actions.filter((action) => !/^[a-z0-9]+:[A-Z][A-Za-z]+$/.test(action))).toEqual([
      ...["s3:GetBucket*", "iam:GetRole*", "lambda:GetFunction*", "logs:*LogDelivery", "kms:Get*"],
    ]);
    // Each option stands by itself, so an action may be there for two of them, each on its own resources.
    const grants = policy.Statement.flatMap((one) =>
      actionsOf(one).map((action) => `${action} on ${[one.Resource].join()}`),
    );
    expect(grants.filter((grant, index) => grants.indexOf(grant) !== index)).toEqual([]);
    for (const statement of policy.Statement) expect(actionsOf(statement)).toEqual(actionsOf(statement).toSorted());
  });

  it("is made for a bucket with a name of its own by the command in docs/deploy.md", () => {
    const command = commandsIn("docs/deploy.md").find((line) => line.includes("--arg bucket")) ?? expect.fail("none");
    const { status, stdout, error } = spawnSync("sh", ["-c", command.replace("<bucket>", "pictures.example.org")], {
      encoding: "utf8",
    });
    if (status === 127 || error) return; // Without jq.
    const whole = JSON.stringify(policy).replaceAll("s3:::user-pictures-*", "s3:::pictures.example.org");

    expect(JSON.parse(stdout)).toEqual(JSON.parse(whole));
    expect(whole).toContain('"arn:aws:s3:::pictures.example.org/*"');
  });

  it("is explained, statement by statement, in docs/deploy.md", () => {
    const section = read("docs/deploy.md").split("## What the policy allows")[1] ?? "";
    const explained = [...section.matchAll(/^\| `(\w+)` /gm)].map(([, sid]) => sid);

    expect(explained).toEqual(policy.Statement.map(({ Sid }) => Sid));
  });
});

describe("docs/decisions", () => {
  it("lists each decision with its date, title and status, the oldest first", () => {
    const index = [
      ...read("docs/decisions/README.md").matchAll(/^\| ([\d-]+) +\| \[([^\]]+)\]\(([^)]+)\) +\| (.+?) +\|$/gm),
    ].map(([, date = "", title, file, status]) => ({ date, title, file, status }));
    const decisions = readdirSync("docs/decisions")
      .filter((file) => file !== "README.md")
      .map((file) => {
        const [, title, date = "", status] =
          /^# (.*)\n\n([\d-]+), (.*)\.\n\n/.exec(read(`docs/decisions/${file}`)) ?? [];
        return { date, title, file, status };
      });
    const byFile = (list: typeof decisions) => list.toSorted((a, b) => (a.file < b.file ? -1 : 1));

    expect(byFile(index as typeof decisions)).toEqual(byFile(decisions));
    expect(index.map(({ date }) => date)).toEqual(index.map(({ date }) => date).toSorted());
    for (const { file } of decisions)
      expect(read(`docs/decisions/${file}`)).toMatch(/## Context\n[^]*## Decision\n[^]*## Consequence\n/);
  });
});

it("has no empty page", () => {
  expect(pages.filter((page) => statSync(page).size < 100)).toEqual([]);
});
