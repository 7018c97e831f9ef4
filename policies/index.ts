// The policy pack, as `pulumi preview --policy-pack` loads it. A violation stops a preview or an update, unless a
// configuration file (`--policy-pack-config`) makes the policy advisory or disables it.
import { PolicyPack } from "@pulumi/policy";
import { policies } from "./policies.ts";

new PolicyPack("auth0-user-pictures", { policies: [...policies], enforcementLevel: "mandatory" });
