// The policy pack, as `pulumi preview --policy-pack` loads it. What is violated stops a preview or an update; a configuration file
// (`--policy-pack-config`) makes a policy advisory or disables it.
import { PolicyPack } from "@pulumi/policy";
import { policies } from "./policies.ts";

new PolicyPack("auth0-user-pictures", { policies: [...policies], enforcementLevel: "mandatory" });
