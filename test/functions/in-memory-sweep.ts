// The sweep's services in memory, beside those of uploads: a bucket, a tenant whose search can be behind, and an edge.
import { cacheTag, userFolder } from "../../components/picture-store/image.ts";
import { NoSuchUserError } from "../../functions/services/tenant-calls.ts";
import type { SweepServices } from "../../functions/picture-sweep/sweep-bucket.ts";
import type { SweepPosition } from "../../functions/picture-sweep/sweep-position.ts";
import { stemOf } from "../../functions/services/user-folder.ts";
import type { TenantUsers } from "../../functions/picture-sweep/tenant-users.ts";
import { bucketStore } from "./in-memory-bucket.ts";
import { callsOf, picturesIn, userId, whole } from "./in-memory-services.ts";
import type { Plan, Turn, World } from "./in-memory-services.ts";

/** What a search of the tenant knows. */
type Indexed = Pick<World, "isDeleted" | "picture" | "root" | "linkedPicture">;

export interface Edge {
  /** The keys of what it has. */
  readonly cached: Set<string>;
  readonly forgotten: string[];
}

export const emptyEdge = (): Edge => ({ cached: new Set(), forgotten: [] });

/** A viewer's request. */
export function view({ objects, announced }: World, edge: Edge, key: string): void {
  if (objects.has(key) && announced.has(stemOf(key) ?? "")) edge.cached.add(key);
}

export interface SweepPlan extends Partial<Pick<Plan, "endsAfter" | "failures">> {
  /** @default the tenant as it is */
  readonly indexed?: () => Indexed;
  readonly replacedDays?: number;
  /** Milliseconds that have passed since what the bucket's clock shows. */
  readonly later?: number;
  readonly searchLag?: number;
  readonly turn?: Turn;
  /** What is left of the run. @default enough */
  readonly remaining?: () => number;
}

export function sweepServices(world: World, edge: Edge, plan: SweepPlan = {}) {
  const { indexed = () => world, later = 0, turn = async () => undefined, remaining = () => 1e9 } = plan;
  const call = callsOf(world, { ...whole, ...plan }, turn);
  const store = bucketStore(world, call, 3);
  const users: TenantUsers = {
    search: (ids) =>
      call(() => {
        const { isDeleted, picture, root } = indexed();
        return new Map(ids.includes(userId) && !isDeleted ? [[userId, [picture, root]]] : []);
      }),
    readPictures: () =>
      call(() => {
        if (world.isDeleted) throw new NoSuchUserError();
        return picturesIn(world);
      }),
    readLinkedPictures: () =>
      call(() => {
        if (indexed().linkedPicture === undefined) throw new NoSuchUserError();
        return picturesIn(world);
      }),
  };
  const reports: SweepPosition[] = [];
  const lines: unknown[] = [];
  const services: SweepServices = {
    store,
    lastStore: store,
    users,
    edge: {
      forget: (tags) =>
        call(() => {
          edge.forgotten.push(...tags);
          if (!tags.includes(cacheTag(userId))) return;
          for (const key of edge.cached) if (key.startsWith(userFolder(userId))) edge.cached.delete(key);
        }),
    },
    searchLag: plan.searchLag ?? 0,
    replacedDays: plan.replacedDays,
    deadline: { remaining },
    now: () => world.clock + later,
    log: (line) => lines.push(line),
    report: (position) => reports.push(position),
  };
  return Object.assign(services, { reports, lines });
}
