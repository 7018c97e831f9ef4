// A tenant of more users than its search gives: pages, ranges by which all are found, and addresses in any case.
import { beforeAll, describe, expect, it } from "vitest";
import { runTenant } from "./running-tenant.ts";

const count = 2345;
const idOf = (index: number) => `u${String(index).padStart(5, "0")}`;
const running = runTenant({
  connections: [
    { name: "users", strategy: "auth0" },
    { name: "google-oauth2", strategy: "google-oauth2" },
  ],
  users: Array.from({ length: count }, (_, index) => ({
    ...{ connection: "users", email: `${idOf(index)}@example.com`, user_id: idOf(index) },
  })),
  profiles: [{ connection: "google-oauth2", sub: "7", email: "Mixed.Case@Example.com" }],
});
const users = () => running.management.users;
const search = async (query: Parameters<ReturnType<typeof users>["list"]>[0]) => (await users().list(query)).data;
const tooFar = {
  statusCode: 400,
  body: {
    ...{ statusCode: 400, error: "Bad Request", errorCode: "invalid_paging" },
    message:
      "You can only page through the first 1000 records. See https://auth0.com/docs/users/search/v3/view-search-results-by-page#limitation",
  },
};

describe("a search gives 1,000 users at most", () => {
  it("whatever the page is, with the number of all that there are", async () => {
    const last = await running.get("users?per_page=100&page=9&include_totals=true&fields=user_id");
    expect(last).toMatchObject({ start: 900, limit: 100, length: 100, total: count });
    expect((last as { users: object[] }).users.at(-1)).toEqual({ user_id: `auth0|${idOf(999)}` });
    await expect(search({ per_page: 100, page: 10 })).rejects.toMatchObject(tooFar);
    await expect(search({ per_page: 100, page: 10, include_totals: true, q: "email:*" })).rejects.toMatchObject(tooFar);
  });

  it.each([
    [1, 999, 1000],
    [50, 19, 20],
    [60, 15, 16],
    [undefined, 19, 20],
  ])("by pages of %s, the last of which is %i", async (per_page, page, next) => {
    const size = per_page === undefined ? {} : { per_page };
    expect(await search({ ...size, page })).toHaveLength(per_page ?? 50);
    await expect(search({ ...size, page: next })).rejects.toMatchObject(tooFar);
  });

  it("of 100 on a page", async () => {
    await expect(search({ per_page: 101 })).rejects.toMatchObject({ statusCode: 400 });
  });
});

describe("ranges", () => {
  it.each([
    ["as they are", (from: string) => `user_id:{${from} TO *]`],
    ["in quotes", (from: string) => `user_id:{"${from}" TO *]`],
  ])("of ids %s find every user once, in order", async (_, rangeFrom) => {
    const found: string[] = [];
    while (found.length < 2 * count) {
      const from = found.at(-1);
      const q = from === undefined ? "user_id:auth0*" : rangeFrom(from);
      const page = await search({ q, sort: "user_id:1", per_page: 100, fields: "user_id" });
      found.push(...page.map(({ user_id = "" }) => user_id));
      if (page.length < 100) break;
    }
    expect(found).toEqual(Array.from({ length: count }, (_, index) => `auth0|${idOf(index)}`));
  });

  it("of ids have their ends or do not", async () => {
    const [a, b] = [`auth0|${idOf(10)}`, `auth0|${idOf(12)}`];
    const ids = async (q: string) =>
      (await search({ q, sort: "user_id:-1" })).map(({ user_id = "" }) => user_id.slice(-2));
    expect(await ids(`user_id:[${a} TO ${b}]`)).toEqual(["12", "11", "10"]);
    expect(await ids(`user_id:{"${a}" TO "${b}"}`)).toEqual(["11"]);
    expect(await ids(`user_id:["${a}" TO ${b}} AND NOT user_id:"${a}"`)).toEqual(["11"]);
  });

  it("of times count as much of a time as they say", async () => {
    const [{ created_at = "" } = {}] = await search({ q: `user_id:"auth0|${idOf(0)}"` });
    const time = String(created_at);
    const total = async (range: string) => {
      const q = encodeURIComponent(`user_id:"auth0|${idOf(0)}" AND created_at:${range}`);
      return ((await running.get(`users?q=${q}&include_totals=true`)) as { total: number }).total;
    };
    const [year, day, second] = [time.slice(0, 4), time.slice(0, 10), time.slice(0, 19)];
    for (const within of [
      `[${day} TO ${day}]`,
      `[${year} TO *]`,
      `[${second}Z TO ${second}Z]`,
      `["${time}" TO "${time}"]`,
    ]) {
      expect([within, await total(within)]).toEqual([within, 1]);
    }
    for (const without of [`{${day} TO *]`, `[* TO ${day}}`, `{${time} TO *]`, "[2001-01-01 TO 2002-01-01]"]) {
      expect([without, await total(without)]).toEqual([without, 0]);
    }
  });
});

it("many ids and addresses are looked up at once, also among others", async () => {
  const some = Array.from({ length: 50 }, (_, index) => idOf(index * 40));
  const ids = async (q: string) => (await search({ q, per_page: 100 })).map(({ user_id }) => user_id);
  const expected = some.map((id) => `auth0|${id}`);
  expect(await ids(`user_id:(${expected.map((id) => `"${id}"`).join(" OR ")})`)).toEqual(expected);
  expect(await ids(expected.map((id) => `user_id:"${id}"`).join(" OR "))).toEqual(expected);
  expect(await ids(`email:(${some.map((id) => `"${id.toUpperCase()}@EXAMPLE.com"`).join(" ")})`)).toEqual(expected);
  const [first = "", second = "", third = ""] = expected;
  expect(await ids(`user_id:"${first}" OR email:"${some[1]}@example.com" OR user_id:"${third}"`)).toEqual([
    first,
    second,
    third,
  ]);
  expect(await ids(`NOT (user_id:"${first}" OR user_id:u* OR email:u*) OR user_id:("${third}" OR "x")`)).toEqual([
    third,
  ]);
  expect(await ids(`user_id:("${first}" OR "${second}") AND user_id:("${second}" OR "${third}")`)).toEqual([second]);
});

describe("the case of an address", () => {
  beforeAll(async () => {
    await users().create({ connection: "users", email: "Upper.Case@Example.com", user_id: "upper", password: "x" });
    await running.logIn("google-oauth2", "7");
  });
  const byEmail = async (email: string) => (await users().listUsersByEmail({ email })).map(({ user_id }) => user_id);

  it("is lower in a database, and as the identity provider has it elsewhere", async () => {
    expect((await users().get("auth0|upper")).email).toBe("upper.case@example.com");
    expect((await users().get("google-oauth2|7")).email).toBe("Mixed.Case@Example.com");
    await users().update("auth0|upper", { email: "Other.CASE@example.com" });
    expect((await users().get("auth0|upper")).email).toBe("other.case@example.com");
  });

  it("matters to who looks for a user by e-mail, and not to a search", async () => {
    expect(await byEmail("Other.CASE@example.com")).toEqual([]);
    expect(await byEmail("other.case@example.com")).toEqual(["auth0|upper"]);
    expect(await byEmail("mixed.case@example.com")).toEqual([]);
    expect(await byEmail("Mixed.Case@Example.com")).toEqual(["google-oauth2|7"]);
    expect(await search({ q: `email:"MIXED.case@example.com"`, fields: "user_id" })).toEqual([
      { user_id: "google-oauth2|7" },
    ]);
  });
});
