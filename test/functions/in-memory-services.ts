// S3 and Auth0 in memory, as one user's uploads reach them. A test draws the order of all calls, which of them fail,
// and where a request ends.
import { taggedState } from "../../components/picture-store/picture-tags.ts";
import { handleRequest } from "../../functions/picture-upload/handle-request.ts";
import { NoSuchUserError } from "../../functions/services/tenant-calls.ts";
import type { ObjectStore } from "../../functions/services/object-store.ts";
import { longestUpload, namedStems, settleFolder, stemOf } from "../../functions/services/user-folder.ts";
import type { UserMetadata } from "../../functions/services/user-metadata.ts";
import { bucketStore, emptyBucket } from "./in-memory-bucket.ts";
import type { Call, InMemoryBucket } from "./in-memory-bucket.ts";

export const userId = "auth0|ada";
export const baseUrl = "https://pictures.example.com/";

export interface World extends InMemoryBucket {
  /** `user_metadata.picture` */
  picture: string | null;
  /** The profile's own `picture`, which who operates the tenant can write, and a login. */
  root: string | null;
  isDeleted: boolean;
  /** What another user names, to whom the deleted one is linked; undefined where it is linked to none. */
  linkedPicture?: string | null;
  /** Each moment at which a picture was named that was not there, or not whole. */
  readonly violations: string[];
  /** Pictures that were named at some time: nobody asks for another, because nobody was told of it. */
  readonly announced: Set<string>;
}

/** How a call fails: before it has taken effect, after, or before it takes effect long after its caller has gone on. */
export type Failure = "before" | "after" | "late";

/** A request, and where it ends: which of its calls is its last, and how each of the failing ones fails. */
export interface Plan {
  /** To put one of three pictures, or another method. */
  readonly request: "a" | "b" | "c" | "DELETE" | "GET";
  readonly writesBack: boolean;
  readonly maxPictures?: number;
  /** After so many calls nothing of it happens any more: the function was ended. */
  readonly endsAfter: number;
  /** By the call's number. */
  readonly failures: ReadonlyMap<number, Failure>;
}

/** Waits for its turn among all calls. */
export type Turn = () => Promise<void>;

/** The calls of one request, or of one run. */
export function callsOf(world: World, { endsAfter, failures }: Pick<Plan, "endsAfter" | "failures">, turn: Turn): Call {
  let calls = 0;
  return async <Result>(effect: () => Result): Promise<Result> => {
    const number = calls++;
    if (number >= endsAfter) await new Promise(() => undefined);
    const failure = failures.get(number);
    const take = () => {
      world.clock += 1;
      const result = effect();
      assertNamedIsThere(world);
      return result;
    };
    await turn();
    if (failure === "late")
      void turn()
        .then(turn)
        .then(turn)
        .then(take)
        .catch(() => undefined);
    if (failure === "before" || failure === "late") throw new Error("not done");
    const result = take();
    await turn();
    if (number + 1 >= endsAfter) await new Promise(() => undefined);
    if (failure === "after") throw new Error("done, and not said so");
    return result;
  };
}

/** The services as one request reaches them. */
export function services(
  world: World,
  plan: Plan,
  turn: Turn = async () => undefined,
): { store: ObjectStore; metadata: UserMetadata } {
  const call = callsOf(world, plan, turn);
  const user = () => {
    if (world.isDeleted) throw new NoSuchUserError();
  };
  return {
    store: bucketStore(world, call),
    metadata: {
      readPicture: () =>
        call(() => {
          user();
          return world.picture ?? undefined;
        }),
      readPictures: () =>
        call(() => {
          user();
          return [world.picture, world.root];
        }),
      writePicture: (_, url) =>
        call(() => {
          user();
          world.picture = url;
        }),
    },
  };
}

export const emptyWorld = (keepsVersions = true): World => ({
  ...emptyBucket(keepsVersions),
  picture: null,
  root: null,
  isDeleted: false,
  violations: [],
  announced: new Set(),
});

export function request(world: World, plan: Plan, turn: Turn = async () => undefined) {
  const method = plan.request.length > 1 ? plan.request : "PUT";
  const event = {
    headers: {},
    body: plan.request,
    isBase64Encoded: false,
    requestContext: { http: { method }, authorizer: { jwt: { claims: { sub: userId } } } },
  };
  return handleRequest(event, {
    ...services(world, plan, turn),
    processPicture: async (bytes) => ({ webp: bytes, smallWebp: bytes, jpeg: bytes }),
    baseUrl,
    maxPictures: plan.maxPictures ?? 50,
    writesBack: plan.writesBack,
    log: () => undefined,
  });
}

export const whole = { writesBack: true, endsAfter: Infinity, failures: new Map<number, Failure>() };

/** What a sweep does with the folder, once every upload is over. */
export const sweep = (world: World) => {
  const { store, metadata } = services(world, { ...whole, request: "a" }, async () => undefined);
  return settleFolder(store, userId, () => metadata.readPictures(userId), world.clock + longestUpload + 1);
};

/** What the tenant names: the user's own, or what the one to whom the user is linked names, and the user had named. */
export const picturesIn = ({ isDeleted, picture, root, linkedPicture }: World): readonly unknown[] => {
  if (!isDeleted) return [picture, root];
  return linkedPicture === undefined ? [] : [linkedPicture, root];
};
const namedIn = (world: World) => namedStems(userId, picturesIn(world));
const statesIn = (world: World) =>
  [...world.objects]
    .filter(([key]) => stemOf(key) !== undefined)
    .map(([key, { headers }]) => [stemOf(key), taggedState(headers.tags)] as const);

/** Of the picture that is named, all three objects are there. */
function assertNamedIsThere(world: World): void {
  for (const named of namedIn(world)) {
    world.announced.add(named);
    const suffixes = [...world.objects.keys()].filter((key) => stemOf(key) === named);
    if (suffixes.length !== 3) world.violations.push(`Of ${named} there are ${suffixes.length} objects.`);
  }
}

/** The states that a picture of the folder has, by whether it is named. */
export function outcome(world: World) {
  const named = namedIn(world);
  const states = (wanted: boolean) => [
    ...new Set(statesIn(world).flatMap(([stem, state]) => (named.has(stem ?? "") === wanted ? [state] : []))),
  ];
  return { named: states(true), others: states(false) };
}
