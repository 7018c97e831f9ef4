// How the sweep goes through a bucket: what it asks, where it goes on, what it keeps, and what it costs.
import { describe, expect, it } from "vitest";
import { userFolder } from "../../components/picture-store/image.ts";
import { UploadState, uploadTags } from "../../components/picture-store/picture-tags.ts";
import { requestPace } from "../../functions/picture-sweep/request-pace.ts";
import { sweepBucket } from "../../functions/picture-sweep/sweep-bucket.ts";
import type { SweepServices } from "../../functions/picture-sweep/sweep-bucket.ts";
import { readSweepEnvironment } from "../../functions/picture-sweep/sweep-environment.ts";
import { metricLine, passLine } from "../../functions/picture-sweep/sweep-metrics.ts";
import { readPosition } from "../../functions/picture-sweep/sweep-position.ts";
import type { SweepPosition } from "../../functions/picture-sweep/sweep-position.ts";
import { tenantUsers } from "../../functions/picture-sweep/tenant-users.ts";
import { deadlineOf } from "../../functions/services/deadline.ts";
import { machineToken } from "../../functions/services/machine-token.ts";
import { NoSuchUserError, TenantError } from "../../functions/services/tenant-calls.ts";
import type { ObjectStore } from "../../functions/services/object-store.ts";
import { isRare } from "../rare.ts";
import { bucketStore, emptyBucket, versionsIn, write } from "./in-memory-bucket.ts";
import type { InMemoryBucket } from "./in-memory-bucket.ts";
import { emptyWorld, outcome, request, whole } from "./in-memory-services.ts";
import { emptyEdge, sweepServices } from "./in-memory-sweep.ts";

const day = 24 * 60 * 60_000;
const idOf = (number: number) => `auth0|${String(number).padStart(24, "0")}`;
const urlOf = (id: string) => `https://pictures.example.com/${userFolder(id)}${"a".repeat(64)}.webp`;

/** Many users with one picture each, whom the tenant knows; and how often each call is made. */
function crowd(size: number, remaining = () => 1e9) {
  const bucket: InMemoryBucket = emptyBucket();
  const pictures = new Map<string, unknown>();
  for (let number = 0; number < size; number += 1) {
    const id = idOf(number);
    pictures.set(id, urlOf(id));
    const headers = { contentType: "", cacheControl: "", cacheTag: "", tags: uploadTags(id, UploadState.Set) };
    for (const suffix of [".webp", "-96.webp", ".jpg"])
      write(bucket, userFolder(id) + "a".repeat(64) + suffix, { headers });
  }
  const calls = new Map<string, number>();
  const counted = (name: string) => calls.set(name, (calls.get(name) ?? 0) + 1);
  const plain = bucketStore(bucket, async (effect) => effect());
  const store = Object.fromEntries(
    Object.entries(plain).map(([name, act]) => [
      name,
      (...parameters: never[]) => {
        counted(name);
        return (act as (...all: never[]) => unknown)(...parameters);
      },
    ]),
  ) as unknown as ObjectStore;
  const reports: SweepPosition[] = [];
  const services = {
    store,
    lastStore: store,
    users: {
      async search(ids: readonly string[]) {
        counted("search");
        return new Map(ids.filter((id) => pictures.has(id)).map((id) => [id, [pictures.get(id)]]));
      },
      async readPictures(id: string) {
        counted("readPictures");
        if (!pictures.has(id)) throw new NoSuchUserError();
        return [pictures.get(id)];
      },
      readLinkedPictures: () => Promise.reject(new NoSuchUserError()),
    },
    edge: undefined,
    searchLag: 0,
    replacedDays: undefined,
    deadline: { remaining },
    now: () => bucket.clock,
    log: () => undefined,
    report: (position: SweepPosition) => void reports.push(position),
  } satisfies SweepServices;
  return { bucket, pictures, calls, services, reports };
}

describe("a pass", () => {
  it("asks for fifty users at once, and for nobody alone who is as the search says", async () => {
    const size = isRare ? 10_000 : 1000;
    const { services, calls, reports } = crowd(size);
    await sweepBucket(services);

    expect(Object.fromEntries(calls)).toMatchObject({
      search: size / 50,
      // One of them is of its own position.
      listVersions: (size * 3) / 1000 + 1,
      tagsOf: size * 3,
      writeText: 1,
    });
    expect(calls.get("readPictures")).toBeUndefined();
    expect(reports).toMatchObject([{ counts: { folders: size, settled: size }, failed: [] }]);
  });

  it("goes on where the time was over, and rests until a day after it began", async () => {
    let left = 3;
    const { services, reports, pictures, bucket, calls } = crowd(200);
    pictures.delete(idOf(7));
    const short = {
      ...services,
      users: {
        ...services.users,
        search: (ids: readonly string[]) => {
          if (left-- === 0) throw Object.assign(new Error(), { name: "DeadlineError" });
          return services.users.search(ids);
        },
      },
    };
    await expect(sweepBucket(short)).rejects.toThrow();
    expect(await readPosition(services.store)).toMatchObject({ counts: { folders: 150 } });
    expect(reports[0]?.ended).toBeUndefined();

    await sweepBucket(services);
    expect(reports[1]).toMatchObject({ counts: { folders: 200, settled: 199, gone: 1 } });
    expect(versionsIn(bucket, userFolder(idOf(7)))).toEqual([]);
    calls.clear();
    await sweepBucket(services);
    expect(calls.get("search")).toBeUndefined();
    bucket.clock += day;
    await sweepBucket(services);
    expect(calls.get("search")).toBe(4);
    expect(reports[3]).toMatchObject({ counts: { folders: 199, settled: 199 } });
  });

  it("tries again what failed, and is not done before", async () => {
    const { services, pictures, bucket, reports } = crowd(60);
    const [broken] = [idOf(3)];
    pictures.delete(broken);
    const failing = {
      ...services,
      users: { ...services.users, readPictures: () => Promise.reject(new TenantError("500")) },
    };
    bucket.clock += 1;
    await expect(sweepBucket(failing)).rejects.toThrow("1 folders could not be swept");
    expect(reports[0]).toMatchObject({ failed: [userFolder(broken)], counts: { folders: 60 } });
    bucket.clock += day;
    await expect(sweepBucket(failing)).rejects.toThrow("1 folders");
    // Since the first pass: none has ended well.
    expect(passLine(reports[1] as SweepPosition, bucket.clock)).toMatchObject({ hoursBehind: 24 });

    await sweepBucket(services);
    expect(reports[2]).toMatchObject({ failed: [], clean: reports[2]?.started });
    expect(versionsIn(bucket, userFolder(broken))).toEqual([]);
  });

  it("ends where it is no folder's fault, and erases nobody", async () => {
    const { services, pictures, bucket, reports } = crowd(60);
    const before = versionsIn(bucket, "u/").length;
    pictures.clear();
    const failing = {
      ...services,
      users: { ...services.users, readPictures: () => Promise.reject(new TenantError("503")) },
    };
    await expect(sweepBucket(failing)).rejects.toThrow("503");
    expect(versionsIn(bucket, "u/")).toHaveLength(before);
    expect(reports[0]?.after).toBeUndefined();
  });

  it("asks everybody alone where the search does not answer", async () => {
    const { services, calls } = crowd(5);
    const users = { ...services.users, search: () => Promise.reject(new TenantError("503")) };
    await sweepBucket({ ...services, users });

    expect(calls.get("readPictures")).toBe(5);
  });

  it("leaves alone what says no user, or another's", async () => {
    const { services, bucket, reports } = crowd(1);
    const none = { contentType: "", cacheControl: "", cacheTag: "", tags: {} };
    const folder = `u/${"f".repeat(32)}/`;
    write(bucket, `${folder}${"a".repeat(64)}.webp`, { headers: none });
    const other = { ...none, tags: uploadTags("auth0|nobody", UploadState.Set) };
    write(bucket, `${folder}${"b".repeat(64)}.webp`, { headers: other });
    write(bucket, "u/readme.txt", { headers: none });
    await sweepBucket(services);

    expect(reports[0]).toMatchObject({ counts: { folders: 2, unowned: 1, settled: 1 } });
    expect(versionsIn(bucket, folder)).toHaveLength(2);
  });

  it("begins anew where somebody has changed its position", async () => {
    const { services, bucket, reports } = crowd(2);
    for (const text of ["", "null", "{}", '{"started":"soon","clean":1}']) {
      write(bucket, "sweep/position.json", { text });
      await sweepBucket(services);
      expect(reports.at(-1), text).toMatchObject({ counts: { folders: 2 } });
    }
    expect(versionsIn(bucket, "sweep/")).toHaveLength(1);
  });
});

describe("a replaced picture", () => {
  it("is deleted after its days where no lifecycle rule does, unless it is named again", async () => {
    for (const isNamedAgain of [false, true]) {
      const world = emptyWorld();
      const edge = emptyEdge();
      await request(world, { ...whole, request: "a" });
      const first = world.picture;
      await request(world, { ...whole, request: "b" });
      const due = { replacedDays: 30 };
      await sweepBucket(sweepServices(world, edge, { ...due, later: 29 * day }));
      expect(world.objects.size).toBe(7);
      // The search does not know of it yet.
      const indexed = { isDeleted: false, picture: world.picture, root: null };
      if (isNamedAgain) world.picture = first;
      await sweepBucket(sweepServices(world, edge, { ...due, later: 31 * day, indexed: () => indexed }));

      expect(world.violations).toEqual([]);
      const others = isNamedAgain ? ["replaced"] : [];
      expect(outcome(world)).toEqual({ named: ["set"], others });
      const { pathname } = new URL(first ?? "");
      expect(versionsIn(world, pathname.slice(1)).length > 0).toBe(isNamedAgain);
    }
  });
});

describe("a picture that the root names", () => {
  it("stays, whatever the metadata names, and also where the user is linked to another", async () => {
    const [world, edge] = [emptyWorld(), emptyEdge()];
    await request(world, { ...whole, request: "a" });
    world.root = world.picture;
    await request(world, { ...whole, request: "b" });
    await request(world, { ...whole, request: "DELETE" });
    await sweepBucket(sweepServices(world, edge, { later: day }));
    expect(outcome(world)).toEqual({ named: ["set"], others: ["replaced"] });

    Object.assign(world, { isDeleted: true, linkedPicture: null });
    await sweepBucket(sweepServices(world, edge, { later: 2 * day }));
    expect(outcome(world)).toEqual({ named: ["set"], others: ["replaced"] });

    // A login has written it.
    world.root = "https://elsewhere.example/";
    await sweepBucket(sweepServices(world, edge, { later: 3 * day }));
    expect(outcome(world)).toEqual({ named: [], others: ["replaced"] });
    expect(world.violations).toEqual([]);
  });
});

describe("the tenant's users", () => {
  const queries: URLSearchParams[] = [];
  const users = (
    answer: (path: string, query: URLSearchParams) => unknown,
    pace = { turn: async () => undefined, heed: () => undefined },
  ) =>
    tenantUsers(machineToken({ clientId: "reader", secretParameter: "/reader" }), {
      domain: "example.eu.auth0.com",
      proofs: { readSecret: async () => "secret", sign: async () => Buffer.of() },
      deadline: deadlineOf(() => 60_000),
      pace,
      fetch: (async (url: string) => {
        const { pathname, searchParams } = new URL(url);
        if (pathname === "/oauth/token") return Response.json({ access_token: "token", expires_in: 600 });
        queries.push(searchParams);
        return Response.json(answer(pathname, searchParams));
      }) as typeof fetch,
    });

  it("are searched for in lists that are short enough for a URL, with every sign as it is", async () => {
    queries.length = 0;
    const ids = [...Array.from({ length: 60 }, (_, at) => idOf(at)), 'samlp|a "b" \\c', `oidc|${"x".repeat(3900)}`];
    await users(() => []).search(ids);

    expect(queries.map((query) => query.get("q")?.split(" OR ").length)).toEqual([50, 11, 1]);
    expect(queries[1]?.get("q")).toContain('user_id:"samlp|a \\"b\\" \\\\c"');
    expect(queries[0]?.get("per_page")).toBe("100");
  });

  it("are linked only if the other user says so now", async () => {
    const identities = [{ provider: "samlp", user_id: "a|b", profileData: { picture: "z" } }];
    const of = (user: object, found: unknown = [{ user_id: "auth0|p" }]) =>
      users((path) => (path === "/api/v2/users" ? found : { ...user, user_id: "auth0|p" })).readLinkedPictures(
        "samlp|a|b",
      );

    expect(await of({ identities, user_metadata: { picture: "x" }, picture: "y" })).toEqual(["x", "y", "z"]);
    expect(queries.at(-2)?.get("q")).toBe('identities.user_id:"a|b" AND identities.provider:"samlp"');
    await expect(of({ identities: [{ provider: "auth0", user_id: "a|b" }] })).rejects.toThrow(TenantError);
    await expect(of({}, [])).rejects.toThrow(NoSuchUserError);
    // The search takes the parts of different identities of one user for those of one identity.
    const mixed = { user_id: "auth0|m", identities: [{ provider: "samlp" }, { provider: "oidc", user_id: "a|b" }] };
    const found = users((path) => {
      if (path === "/api/v2/users") return [mixed, { user_id: "auth0|p" }];
      return path.endsWith("m") ? mixed : { user_id: "auth0|p", identities, picture: "y" };
    });
    expect(await found.readLinkedPictures("samlp|a|b")).toEqual([undefined, "y", "z"]);
    await expect(of(mixed)).rejects.toThrow(NoSuchUserError);
    await expect(of({}, {})).rejects.toThrow(TenantError);
  });
});

describe("the pace", () => {
  it("keeps to so many calls a second, and waits while others need what is left", async () => {
    const deadline = deadlineOf(() => 60_000);
    let time = 1_000_000;
    const pace = requestPace(100, deadline, () => time);
    const tells = (limit: string, remaining: string, reset: number) =>
      pace.heed({
        headers: new Headers({
          "x-ratelimit-limit": limit,
          "x-ratelimit-remaining": remaining,
          "x-ratelimit-reset": String(reset),
        }),
      });
    const waits = async () => {
      const started = performance.now();
      await pace.turn();
      return performance.now() - started;
    };

    await pace.turn();
    expect(await waits()).toBeGreaterThan(5);
    time += 1000;
    tells("10", "5", (time + 500) / 1000);
    expect(await waits()).toBeLessThan(50);
    time += 1000;
    tells("10", "4", (time + 100) / 1000);
    expect(await waits()).toBeGreaterThan(90);
    tells("10", "0", 1e12);
    const impatient = requestPace(
      1,
      deadlineOf(() => 1500),
      () => time,
    );
    await impatient.turn();
    impatient.heed({
      headers: new Headers({ "x-ratelimit-limit": "2", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "9e9" }),
    });
    await expect(impatient.turn()).rejects.toMatchObject({ name: "DeadlineError" });
  });
});

describe("what the sweep tells", () => {
  const position = {
    started: "2026-11-27T00:00:00.000Z",
    ended: "2026-11-27T06:00:00.000Z",
    counts: { folders: 7, settled: 7, asked: 0, linked: 0, gone: 0, unowned: 0 },
    failed: [],
    clean: "2026-11-27T00:00:00.000Z",
  };

  it("has the window in which a deleted user's pictures go", () => {
    const now = Date.parse("2026-11-27T12:00:00.000Z");

    expect(passLine(position, now)).toMatchObject({
      code: "pass_ended",
      passHours: 6,
      windowHours: 31,
      hoursBehind: 12,
    });
    const { ended: _, ...underWay } = position;
    expect(passLine(underWay, now)).toMatchObject({ code: "pass_under_way", passHours: 12 });
    expect(metricLine({ ...position, failed: ["u/1/"] }, "sweep", now)).toMatchObject({
      FunctionName: "sweep",
      SweepsCompleted: 0,
      FoldersFailed: 1,
      HoursBehind: 12,
      _aws: {
        Timestamp: now,
        CloudWatchMetrics: [
          {
            ...{ Namespace: "auth0-user-pictures", Dimensions: [["FunctionName"]] },
            // Each metric costs by the month.
            Metrics: [{ Name: "HoursBehind", Unit: "None" }],
          },
        ],
      },
    });
  });
});

describe("the sweep's environment", () => {
  const variables = {
    PICTURE_BUCKET: "pictures",
    AUTH0_DOMAIN: "example.eu.auth0.com",
    READER_CLIENT_ID: "reader",
    READER_SECRET_PARAMETER: "/reader",
    AWS_REGION: "eu-west-1",
  };

  it("needs no more than the bucket, the tenant and who reads it", () => {
    expect(readSweepEnvironment(variables)).toMatchObject({
      distributionId: undefined,
      replacedDays: undefined,
      requestsPerSecond: 1,
      searchLagSeconds: 60,
    });
    expect(readSweepEnvironment({ ...variables, REPLACED_DAYS: "7", SEARCH_LAG_SECONDS: "0" })).toMatchObject({
      replacedDays: 7,
      searchLagSeconds: 0,
    });
  });

  it.each<readonly [string, string]>([
    ...Object.keys(variables).map((name) => [name, ""] as const),
    ["REPLACED_DAYS", "0"],
    ["SWEEP_REQUESTS_PER_SECOND", "0"],
    ["SWEEP_REQUESTS_PER_SECOND", "51"],
    ["SEARCH_LAG_SECONDS", "-1"],
  ])("names the variable that is wrong: %s=%s", (name, value) => {
    expect(() => readSweepEnvironment({ ...variables, [name]: value })).toThrow(name);
  });
});
