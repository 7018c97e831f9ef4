// docs/previews.md: what the engine printed in the tests, as a reviewer sees it, with a sentence on what to look for.

/** Each with the output of the run that shows it, from the first preview in it; its text line by line. */
export const previews = {
  mode: {
    title: "A changed mode",
    text: [
      "A setting of the Action is compiled into its code. So it shows three times: as the setting, as the Action component's,",
      "and as the lines of code that will run.",
    ],
  },
  action: {
    title: "A changed Action",
    text: [
      "A changed source, here one of the stack's own in place of this package's, shows as the difference of the code that",
      "Auth0 gets.",
    ],
  },
  domain: {
    title: "A domain for the pictures",
    text: [
      "The distribution serves one more name, and what names pictures from now on, the outputs and the Action's code, names",
      "them by it.",
    ],
  },
  connectionChanged: {
    title: "A connection that somebody changed",
    text: [
      "Of a connection one value is set, and nothing else of it is named. The sentence says what that means for its users.",
    ],
  },
  connectionRemoved: {
    title: "A connection that leaves the settings",
    text: [
      "What is deleted is this program's hold on the connection: the value that was found before is restored, and the",
      "connection stays.",
    ],
  },
  policies: {
    title: "A stack that violates policies",
    text: [
      "The preview fails, and says for each policy which resource violates it, and what to do. Here the pack is told to find",
      "something: without the configuration of `Pulumi.dev.policies.json` pictures must not go with the stack, and with the",
      'runtimes `["node24"]` it refuses node22, which is current by default.',
    ],
  },
  unchanged: { title: "Nothing to change", text: ["A stack that is as the program says has no line but the count."] },
} as const;

export function previewsDocument(outputs: Readonly<Record<keyof typeof previews, string>>): string {
  const sections = (Object.keys(previews) as (keyof typeof previews)[]).map((name) => {
    const { title, text } = previews[name];
    return `## ${title}\n\n${text.join("\n")}\n\n\`\`\`diff\n${previewOf(outputs[name], name)}\n\`\`\`\n`;
  });
  return [
    "# What a reviewer sees",
    "",
    "Each preview below is the Pulumi engine's own, of the dev stack deployed to the sandbox. Lines that only say which",
    "resource is meant (`id`, `urn`, `provider`) are left out, and names that differ from run to run are replaced. A test",
    "holds this page to what the engine prints: `npx vitest run test/engine/program.test.ts -u` writes it anew.",
    "",
    ...sections,
  ].join("\n");
}

function previewOf(output: string, name: keyof typeof previews): string {
  const [preview = ""] = output.slice(output.indexOf("Previewing update")).split(/^Updating \(/m);
  const sections = preview.split(/^(?=\S.*:$)/m);
  // What the sandbox's way to start a pack says, and, where nothing changes, what the policies say.
  const leftOut = name === "unchanged" ? /^(?:Diagnostics|Policies):/ : /^Diagnostics:/;
  const lines = sections
    .filter((section) => !leftOut.test(section))
    .flatMap((section) => section.split("\n"))
    .filter(
      (line) => !/^\s*\[(?:id|urn|provider)=|^@ |^Loading policy packs|^ {4}[\w-]+(?::[\w/-]+){2} |^\s*$/.test(line),
    )
    .map((line) =>
      line
        .trimEnd()
        .replace(/d[0-9a-z]{13}\.cloudfront\.net/g, "d111111abcdef8.cloudfront.net")
        .replace(/con_[0-9a-f]{16}/g, "con_0123456789abcdef")
        .replace(/"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"/g, '"01234567-89ab-cdef-0123-456789abcdef"')
        .replace(/(?<=sha256 )[0-9a-f]{16}/, "…")
        .replace(/"[0-9a-f]{64}"/g, '"…"')
        .replace(/@v\d+\.\d+\.\d+ \(local: .*\)/, " (local: policies)"),
    );
  // A component's sentences come at any time: here they stand at the end.
  const isSentence = (line: string) => /^[A-Z].*\.$/.test(line);
  return [...lines.filter((line) => !isSentence(line)), ...lines.filter(isSentence).toSorted()].join("\n");
}
