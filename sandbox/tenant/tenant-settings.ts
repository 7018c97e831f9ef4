// The Management API's settings of the tenant: those that the sandbox heeds.
import type { FastifyInstance } from "fastify";
import { notSimulated } from "./errors.ts";
import { needs, nonEmptyText, selectFields } from "./requests.ts";
import type { Query } from "./requests.ts";
import type { State, TenantSettings } from "./tenant-state.ts";

const properties = {
  allowed_logout_urls: { type: "array", items: nonEmptyText },
  allow_organization_name_in_authentication_api: { type: "boolean" },
};

export function registerTenantSettings(api: FastifyInstance, state: State): void {
  api.get<{ Querystring: Query }>("/tenants/settings", needs("read:tenant_settings"), ({ query }) =>
    selectFields(state.settings ?? {}, query),
  );

  const change = needs("update:tenant_settings", { type: "object", properties });
  api.patch<{ Body: TenantSettings }>("/tenants/settings", change, ({ body, method, url }) => {
    const other = Object.keys(body).find((name) => !Object.hasOwn(properties, name));
    if (other !== undefined) throw notSimulated(method, `${url} with ${other}`);
    return (state.settings = { ...state.settings, ...body });
  });
}
