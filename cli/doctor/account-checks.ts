// Whose credentials these are: before anything else, because all that follows is told of what they lead to.
import { STSClient, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import type { STSClientConfig } from "@aws-sdk/client-sts";
import { tenantDomain } from "../../components/auth0/provider-settings.ts";
import type { CommandContext } from "../command-context.ts";
import { awsAgents } from "../store/aws-agents.ts";
import { awsFailure } from "../store/aws-failure.ts";
import { printable } from "../terminal/printable.ts";
import type { Check } from "./check.ts";
import { tenantCause } from "./unknown-cause.ts";

export async function checkTenant({ target, tenant, signal }: CommandContext): Promise<Check> {
  const { domain } = target.auth0;
  const expected = target.expectedTenant === undefined ? undefined : tenantDomain(target.expectedTenant);
  const row = { check: "tenant", expected: expected ?? "the tenant of the stack" } as const;
  if (expected !== undefined && expected.toLowerCase() !== domain.toLowerCase())
    return {
      ...{ ...row, status: "fault", found: printable(domain) },
      fix: `Set AUTH0_DOMAIN, and a client of that tenant, to ${printable(expected)}; or mend expectedTenant.`,
    };
  try {
    // Any call that the doctor needs: only an answer shows that the credentials are the tenant's.
    await tenant.management.actions.triggers.bindings.list("post-login", { per_page: 1 });
  } catch (error) {
    signal.throwIfAborted();
    const cause = tenantCause(error);
    if (!cause.isScopeMissing) return { ...row, status: "fault", found: cause.found, fix: cause.fix };
  }
  if (expected !== undefined) return { ...row, status: "ok", found: printable(domain) };
  return {
    ...{ ...row, status: "unknown", found: `${printable(domain)}, and nothing says whether that is right` },
    fix: "Set expectedTenant in the stack's settings, or EXPECTED_TENANT.",
  };
}

export async function checkAwsAccount(
  { target: { store, expectedAwsAccounts }, signal }: CommandContext,
  options: STSClientConfig = {},
): Promise<Check | undefined> {
  if (store === undefined) return undefined;
  const row = {
    check: "aws-account",
    expected: expectedAwsAccounts.length === 0 ? "the account of the stack" : expectedAwsAccounts.join(" or "),
  } as const;
  const client = new STSClient({
    ...(store.region !== undefined && { region: store.region }),
    ...{ requestHandler: awsAgents(), ...options },
  });
  try {
    const { Account: account = "" } = await client.send(new GetCallerIdentityCommand(), { abortSignal: signal });
    if (expectedAwsAccounts.includes(account)) return { ...row, status: "ok", found: account };
    if (expectedAwsAccounts.length > 0)
      return {
        ...{ ...row, status: "fault", found: account },
        fix: "Use credentials of that account (AWS_PROFILE, or a role of it); or mend expectedAwsAccount.",
      };
    return {
      ...{ ...row, status: "unknown", found: `${account}, and nothing says whether that is right` },
      fix: "Set expectedAwsAccount in the stack's settings, or EXPECTED_AWS_ACCOUNT.",
    };
  } catch (error) {
    signal.throwIfAborted();
    const call = { actions: ["sts:GetCallerIdentity"], target: "the account", region: store.region };
    return {
      ...{ ...row, status: "unknown", found: printable(awsFailure(error, call).message, 500) },
      fix: "Give the doctor AWS credentials of the store's account; it needs no permission to know whose they are.",
    };
  } finally {
    client.destroy();
  }
}
