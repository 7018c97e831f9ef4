// The documentation against what it speaks of: every link to code names something that is there, every setting is described.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

describe("docs/picture-store.md", () => {
  it("links each row of the table to code that is there", () => {
    const file = "docs/picture-store.md";
    const text = readFileSync(file, "utf8");
    const links = [...text.matchAll(/\[`([^`]+)`\]\(([^)]+)\)/g)].map(([, symbol = "", path = ""]) => ({
      symbol,
      path,
    }));
    const broken = links.filter(
      ({ symbol, path }) => !readFileSync(join(dirname(file), path), "utf8").includes(symbol),
    );

    expect(links.length).toBeGreaterThan(35);
    expect(broken).toEqual([]);
  });
});

describe("README.md", () => {
  it("describes every setting of Pulumi.yaml", () => {
    const { config } = parse(readFileSync("Pulumi.yaml", "utf8")) as { config: Record<string, unknown> };
    const rows = readFileSync("README.md", "utf8")
      .split("\n")
      .filter((line) => line.startsWith("| `"));
    const described = rows.flatMap((row) =>
      [...(row.split("|")[1] ?? "").matchAll(/`(\w+)`/g)].map(([, name]) => name),
    );

    expect(Object.keys(config).filter((name) => !described.includes(name))).toEqual([]);
  });
});
