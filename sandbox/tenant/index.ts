// The public entry of auth0-tenant-sandbox.
export { startTenant } from "./tenant.ts";
export type { ClientCredentials, LastLogin, ManagementClientOptions, Tenant, TenantOptions } from "./tenant.ts";
export type { ActionRun } from "./run-actions.ts";
export type { BuildTime } from "./builds.ts";
export type { JobTime } from "./jobs/jobs.ts";
export type { Certificate } from "./certificate.ts";
export type { Profile } from "./tenant-state.ts";
export { TenantSeedError } from "./tenant-seed.ts";
export type {
  ActionSeed,
  ApplicationSeed,
  ConnectionSeed,
  OrganizationSeed,
  ProfileSeed,
  SeedRefusal,
  TenantSeed,
  UserSeed,
} from "./tenant-seed.ts";
export { LoginError } from "./login.ts";
export type { LoginOptions, LoginResult } from "./login.ts";
export { freeTenantRateLimit } from "./rate-limit.ts";
export type { RateLimit } from "./rate-limit.ts";
export type { EventDelivery, PartnerEvents, TenantEvent } from "./event-delivery.ts";
export type { ApiCall, EventFault, Fault, Faults, Occurrence } from "./faults.ts";
export type { SnapshotOptions, TenantSnapshot } from "./snapshot.ts";
