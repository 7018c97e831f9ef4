// Users and addresses, as the commands of one user print them.
import type { TenantUser } from "../tenant/users-api.ts";
import { printable } from "../terminal/printable.ts";

/** `ada@example.com (auth0|ada)` */
export const titleOf = ({ user_id, email }: Pick<TenantUser, "user_id" | "email">): string =>
  email === undefined ? printable(user_id) : `${printable(email)} (${printable(user_id)})`;

/** For `--json`. */
export const jsonOf = ({ user_id, email }: Pick<TenantUser, "user_id" | "email">) => ({
  user_id,
  ...(email !== undefined && { email }),
});

/** What an attribute has: an address in most cases. */
export const shownValue = (value: unknown): string =>
  value === undefined || value === null || value === "" ? "none" : printable(value, 500);

/** `12,345` */
export const counted = (count: number, noun: string): string =>
  `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
