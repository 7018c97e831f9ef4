// Which provider plugins the engine works with: the sandbox's stand-ins, or an official one.

/** What is attached or found for each provider. */
export interface ProviderChoice {
  readonly auth0: "sandbox" | "official";
  readonly aws: "sandbox";
}

const kinds = ["sandbox", "official"] as const;
const providers = ["auth0", "aws"] as const;

/**
 * Reads what `--providers` says: `sandbox`, `official`, or a list by name such as `auth0=official,aws=sandbox`. A
 * provider that the list leaves out is the sandbox's. `official` alone means every official plugin that can work here.
 *
 * @throws Error that names what is wrong
 */
export function readProviderChoice(text: string): ProviderChoice {
  const choice: { auth0: ProviderChoice["auth0"]; aws: ProviderChoice["aws"] } = { auth0: "sandbox", aws: "sandbox" };
  if (text === "sandbox") return choice;
  if (text === "official") return { ...choice, auth0: "official" };

  const named = new Set<string>();
  for (const entry of text.split(",")) {
    const [name = "", kind, ...rest] = entry.split("=");
    if (kind === undefined || rest.length > 0)
      throw new Error(`--providers: "${entry}" is neither one of ${kinds.join(", ")} nor NAME=KIND.`);
    const provider = providers.find((one) => one === name);
    if (provider === undefined)
      throw new Error(`--providers: there is no provider "${name}", only ${providers.join(", ")}.`);
    const known = kinds.find((one) => one === kind);
    if (known === undefined)
      throw new Error(`--providers: ${name} is one of ${kinds.join(", ")}, and "${kind}" was given.`);
    if (named.has(name)) throw new Error(`--providers: ${name} is given twice.`);
    named.add(name);
    if (provider === "auth0") choice.auth0 = known;
    else if (known === "official")
      throw new Error(
        "--providers: aws cannot be official. The sandbox's edge has no API of AWS, which the official plugin calls: " +
          "only its stand-in can write to the edge.",
      );
  }
  return choice;
}
