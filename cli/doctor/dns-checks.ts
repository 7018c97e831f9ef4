// The DNS records that somebody has to set, and keep: without one the certificate is not renewed.
import { Resolver } from "node:dns/promises";
import type { CommandContext } from "../command-context.ts";
import { printable } from "../terminal/printable.ts";
import type { Check } from "./check.ts";

export type ResolveCname = (name: string) => Promise<string[]>;

const notThere = ["ENOTFOUND", "ENODATA"];

export async function checkDnsRecords(
  { target: { dnsRecords }, signal }: CommandContext,
  resolveCname: ResolveCname = (name) => new Resolver({ timeout: 5000, tries: 2 }).resolveCname(name),
): Promise<Check[]> {
  const checks: Check[] = [];
  for (const { name, type, value } of dnsRecords) {
    signal.throwIfAborted();
    const row = { check: "dns-record", subject: printable(name), expected: `${type} ${printable(value)}` } as const;
    if (type !== "CNAME")
      checks.push({ ...row, status: "unknown", found: `no way to ask for ${type}`, fix: "Look it up." });
    else checks.push({ ...row, ...(await findingOf(resolveCname, name, value)) });
  }
  return checks;
}

async function findingOf(
  resolveCname: ResolveCname,
  name: string,
  value: string,
): Promise<Pick<Check, "status" | "found" | "fix">> {
  const set = `Set it where the domain's DNS is: ${printable(name)} CNAME ${printable(value)}`;
  // ACM's begin so (ACM docs, "DNS validation").
  const isRenewal = name.startsWith("_");
  const why = isRenewal ? ". Without it the certificate is not renewed, and pictures end with it." : ".";
  try {
    const found = await resolveCname(plainName(name));
    if (found.some((one) => plainName(one) === plainName(value)))
      return { status: "ok", found: `CNAME ${printable(value)}` };
    return { status: "fault", found: `CNAME ${printable(found.join(", "))}`, fix: `${set}${why}` };
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (!notThere.includes(code))
      return {
        ...{ status: "unknown", found: `DNS does not answer (${printable(code || String(error))})` },
        fix: "Run the doctor again, from where DNS of the internet can be asked.",
      };
    if (isRenewal) return { status: "fault", found: "no such record", fix: `${set}${why}` };
    // At the top of a zone it is an alias, which looks as an address does.
    return {
      ...{ status: "unknown", found: "no CNAME: it is missing, or an alias that does the same" },
      fix: `See that the default picture is found, or: ${set}${why}`,
    };
  }
}

const plainName = (name: string) => name.replace(/\.$/, "").toLowerCase();
