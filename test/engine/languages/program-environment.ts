// The variables by which a program in Go or Python learns what it runs for: those that Go's SDK reads.
import type { ProgramRun } from "./language-host.ts";

export function programEnvironment({ request, rootFolder, engineAddress }: ProgramRun): Record<string, string> {
  return {
    PULUMI_PROJECT: request.getProject(),
    PULUMI_STACK: request.getStack(),
    PULUMI_ORGANIZATION: request.getOrganization(),
    PULUMI_ROOT_DIRECTORY: rootFolder,
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().entries())),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    PULUMI_DRY_RUN: String(request.getDryrun()),
    PULUMI_PARALLEL: String(request.getParallel()),
    PULUMI_MONITOR: request.getMonitorAddress(),
    PULUMI_ENGINE: engineAddress,
  };
}
