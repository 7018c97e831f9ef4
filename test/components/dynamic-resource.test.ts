// The text of a dynamic provider, run by Node in a program's folder as Pulumi's dynamic provider runs it: it finds the
// package in every layout that npm and pnpm make. The layouts are made by hand, link by link; real-layouts.test.ts has
// those that the package managers themselves make.
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { mockEngine } from "./mock-engine.ts";
import { isModule, packageFiles, providerTexts, runProvider } from "./provider-process.ts";

const engine = mockEngine();
/** The text of the releases before, which knew the package's name only. */
const oldText = `exports.handler = () => ({
  configure: async () => {},
  read: async () => void (await import("auth0-user-pictures/sync-provider")),
});`;

let root: string;
let flag: string;
let deployment: string;

beforeEach(async () => {
  // A name that means something else where it is taken for a part of a URL.
  root = realpathSync(mkdtempSync(join(tmpdir(), "c# a%20b q?x ü 100% '\"-")));
  ({ flag, deployment } = await providerTexts(engine));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    const file = join(root, folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

/** A manifest with these dependencies, in the folder. */
const manifest = (folder: string, dependencies: readonly string[], kind = "dependencies") =>
  write(folder, {
    "package.json": JSON.stringify({ name: folder, [kind]: Object.fromEntries(dependencies.map((one) => [one, "1"])) }),
  });

/** A relative link, as package managers make them. */
function link(from: string, to: string): void {
  const path = join(root, from);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(relative(dirname(path), join(root, to)), path);
}

const ours = "auth0-user-pictures";
const wrapper = "@acme/platform";

/** As `pnpm install` leaves it: nothing but the direct dependencies is visible, and each stands in the store. */
function pnpmLike(store: string): void {
  manifest("program", ["left-pad", wrapper]);
  manifest(`program/node_modules/${store}/${wrapper}@1.0.0/node_modules/${wrapper}`, [ours]);
  write(`program/node_modules/${store}/${ours}@1.0.0/node_modules/${ours}`, packageFiles);
  link(`program/node_modules/${wrapper}`, `program/node_modules/${store}/${wrapper}@1.0.0/node_modules/${wrapper}`);
  link(
    `program/node_modules/${store}/${wrapper}@1.0.0/node_modules/${ours}`,
    `program/node_modules/${store}/${ours}@1.0.0/node_modules/${ours}`,
  );
}

const layouts: Readonly<Record<string, () => void>> = {
  "a plain install": () => {
    manifest("program", [ours]);
    write(`program/node_modules/${ours}`, packageFiles);
  },
  "a hoisted workspace": () => {
    manifest("program", [wrapper]);
    write(`node_modules/${ours}`, packageFiles);
  },
  "a nested install": () => {
    manifest("program", [wrapper]);
    manifest(`program/node_modules/${wrapper}`, [ours]);
    write(`program/node_modules/${wrapper}/node_modules/${ours}`, packageFiles);
  },
  "a nested install, three deep, with a circle": () => {
    manifest("program", ["a"], "devDependencies");
    manifest("program/node_modules/a", ["b"], "peerDependencies");
    manifest("program/node_modules/b", ["a", "c"]);
    manifest("program/node_modules/b/node_modules/c", [ours], "optionalDependencies");
    write(`program/node_modules/b/node_modules/c/node_modules/${ours}`, packageFiles);
  },
  "pnpm, with a package between": () => pnpmLike(".pnpm"),
  "npm's linked install, with a package between": () => pnpmLike(".store"),
  "a workspace whose package between has its own": () => {
    manifest("program", [wrapper]);
    manifest("packages/platform", [ours]);
    link(`node_modules/${wrapper}`, "packages/platform");
    write(`store/${ours}`, packageFiles);
    link(`packages/platform/node_modules/${ours}`, `store/${ours}`);
  },
  "a program below its manifest": () => {
    manifest(".", [wrapper]);
    mkdirSync(join(root, "program"));
    manifest(`node_modules/${wrapper}`, [ours]);
    write(`node_modules/${wrapper}/node_modules/${ours}`, packageFiles);
  },
  "a nested install below a manifest that begins with a byte order mark": () => {
    layouts["a nested install"]?.();
    const file = join(root, "program/package.json");
    writeFileSync(file, `\uFEFF${readFileSync(file, "utf8")}`);
  },
  "another name for it": () => {
    manifest("program", ["pictures"]);
    write("program/node_modules/pictures", packageFiles);
  },
};
const direct = ["a plain install", "a hoisted workspace"];

const run = (text: string, method: string, args: readonly unknown[], environment?: NodeJS.ProcessEnv) =>
  runProvider(join(root, "program"), { text, method, args }, environment);

describe("the text of a provider", () => {
  it("says where no package is, and names no folder of an installation", () => {
    expect(flag).not.toContain(process.cwd());
    expect(flag).not.toContain("node_modules/.");
    expect(deployment).toContain('import("auth0-user-pictures/deployment-provider")');
  });

  it.each(Object.keys(layouts))("finds the package in %s", (layout) => {
    layouts[layout]?.();
    for (const text of [flag, deployment])
      expect(run(text, "check", [{ old: 1 }, { new: 2 }])).toEqual({
        result: { answered: [{ old: 1 }, { new: 2 }] },
        printed: [],
        informed: [],
      });
    expect(run(flag, "read", ["id", {}]).result).toEqual({ answered: ["id", {}] });
    expect(run(flag, "delete", ["id", {}]).result).toEqual({ answered: ["id", {}] });
  });

  it.each(Object.keys(layouts))("updates a state only where its old text finds nothing: %s", (layout) => {
    layouts[layout]?.();
    const changesOf = (text: string) => run(flag, "diff", ["id", { __provider: text }, { __provider: flag }]).result;
    const isNeeded = run(oldText, "read", ["id", {}]).failure !== undefined;

    expect(isNeeded).toBe(!direct.includes(layout));
    expect(changesOf(oldText)).toEqual({ changes: isNeeded, of: "config of a" });
    expect(changesOf(flag)).toEqual({ changes: false, of: "config of a" });
  });

  it("updates a state that the plugin has made, which has no text: refresh and delete would find none", () => {
    layouts["a plain install"]?.();
    expect(run(flag, "diff", ["id", {}, { __provider: flag }]).result).toMatchObject({ changes: true });
  });

  // As states have it in which nothing has changed since. It did not know of the plugin.
  it.each(["a plain install", "pnpm, with a package between"])("works as it was before, too, in %s", (layout) => {
    layouts[layout]?.();
    const before = readFileSync("test/components/fixture/provider-text-before-plugin.txt", "utf8");
    expect(before).not.toBe(flag);
    for (const method of ["check", "create", "read", "update", "delete"])
      expect(run(before, method, ["a", { b: 1 }, { c: 2 }])).toMatchObject({
        result: { answered: expect.arrayContaining(["a"]) as unknown },
        printed: [],
      });
    const olds = { __provider: before };
    for (const text of [before, flag])
      expect(run(text, "diff", ["id", olds, { __provider: flag }]).result).toMatchObject({ changes: false });
  });

  it("names what is missing where that is not the package itself", () => {
    layouts["a plain install"]?.();
    const broken = Object.fromEntries(
      Object.keys(packageFiles)
        .filter(isModule)
        .map((file) => [file, 'import "jose";']),
    );
    write(`program/node_modules/${ours}`, broken);

    expect(run(flag, "read", ["id", {}]).failure).toContain("Cannot find package 'jose'");
    expect(run(flag, "read", ["id", {}], { AUTH0_USER_PICTURES_LEAVE: "1" }).failure).toContain("'jose'");
  });
});

describe("once the package is gone", () => {
  beforeEach(() => {
    manifest("program", [wrapper]);
    manifest(`program/node_modules/${wrapper}`, ["left-pad"]);
  });
  const message = () => `The package auth0-user-pictures cannot be found from ${join(root, "program")}.`;
  const leaving = { AUTH0_USER_PICTURES_LEAVE: "1" };

  it("deletes a deployment, for which nothing has to be done", () => {
    expect(run(deployment, "delete", ["deployment", {}])).toEqual({ printed: [], informed: [] });
  });

  it.each([
    ["read", ["id", { a: 1 }], { id: "id", props: { a: 1 } }],
    ["diff", ["id", { a: 1 }, { a: 1 }], { changes: false }],
    ["delete", ["id", { a: 1 }], undefined],
  ])("refuses %s once, and leaves everything where it is told to", (method, args, left) => {
    const refused = run(flag, method, args);
    expect(refused.failure).toContain(message());
    expect(refused.failure).toContain("set AUTH0_USER_PICTURES_LEAVE=1");
    // Pulumi shows the failure itself; beside it, its provider prints the same again.
    expect(refused.printed).toEqual(["another line"]);

    const answer = run(flag, method, args, leaving);
    expect(answer).toMatchObject({ printed: [], informed: [expect.stringContaining("is left as it is")] });
    expect(answer.result).toEqual(left);
    expect(answer.failure).toBeUndefined();
  });

  it.each(["check", "create", "update"])("refuses %s, which leaves nothing", (method) => {
    const { failure, result } = run(flag, method, [{}, {}, {}], leaving);

    expect(result).toBeUndefined();
    expect(failure).toContain(message());
    expect(failure).not.toContain("AUTH0_USER_PICTURES_LEAVE");
  });
});
