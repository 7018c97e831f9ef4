// S3 and Auth0 in memory, as one user's uploads reach them. A test draws the order of all calls, which of them fail,
// and where a request ends.
import { taggedState } from "../../components/picture-store/picture-tags.ts";
import { handleRequest } from "../../functions/picture-upload/handle-request.ts";
import type { ObjectHeaders, ObjectStore } from "../../functions/services/object-store.ts";
import { longestUpload, namedStem, settleFolder, stemOf } from "../../functions/services/user-folder.ts";
import { NoSuchUserError } from "../../functions/services/user-metadata.ts";
import type { UserMetadata } from "../../functions/services/user-metadata.ts";

export const userId = "auth0|ada";
export const baseUrl = "https://pictures.example.com/";

export interface World {
  readonly objects: Map<string, { readonly headers: ObjectHeaders; readonly modified: number }>;
  /** `user_metadata.picture` */
  picture: string | null;
  isDeleted: boolean;
  clock: number;
}

/** A request, and where it ends: which of its calls is its last, and how each of the failing ones fails. */
export interface Plan {
  /** To put one of three pictures, or another method. */
  readonly request: "a" | "b" | "c" | "DELETE" | "GET";
  readonly writesBack: boolean;
  readonly maxPictures?: number;
  /** After so many calls nothing of it happens any more: the function was ended. */
  readonly endsAfter: number;
  /** By the call's number: whether it fails before it has taken effect, or after. */
  readonly failures: ReadonlyMap<number, "before" | "after">;
}

/** The services as one request reaches them. */
export function services(
  world: World,
  plan: Plan,
  turn = async (): Promise<void> => undefined,
): { store: ObjectStore; metadata: UserMetadata } {
  let calls = 0;
  const call = async <Result>(effect: () => Result): Promise<Result> => {
    const number = calls++;
    if (number >= plan.endsAfter) await new Promise(() => undefined);
    const failure = plan.failures.get(number);
    await turn();
    if (failure === "before") throw new Error("not done");
    world.clock += 1;
    const result = effect();
    assertNamedIsThere(world);
    await turn();
    if (number + 1 >= plan.endsAfter) await new Promise(() => undefined);
    if (failure === "after") throw new Error("done, and not said so");
    return result;
  };
  const write = (key: string, headers: ObjectHeaders) => {
    world.objects.set(key, { headers, modified: world.clock });
    return new Date(world.clock);
  };
  const user = () => {
    if (world.isDeleted) throw new NoSuchUserError();
  };
  return {
    store: {
      putIfAbsent: (key, _bytes, headers) => call(() => (world.objects.has(key) ? undefined : write(key, headers))),
      rewrite: (key, headers, since) =>
        call(() => {
          const object = world.objects.get(key);
          if (object === undefined || (since && object.modified > since.getTime())) return undefined;
          return write(key, headers);
        }),
      list: (prefix) =>
        call(() =>
          [...world.objects]
            .filter(([key]) => key.startsWith(prefix))
            .map(([key, { modified }]) => ({ key, lastModified: new Date(modified) })),
        ),
      tagsOf: (key) => call(() => ({ ...world.objects.get(key)?.headers.tags })),
      erase: (prefix) =>
        call(() =>
          [...world.objects.keys()].filter((key) => key.startsWith(prefix)).forEach((key) => world.objects.delete(key)),
        ),
    },
    metadata: {
      readPicture: () =>
        call(() => {
          user();
          return world.picture ?? undefined;
        }),
      writePicture: (_, url) =>
        call(() => {
          user();
          world.picture = url;
        }),
    },
  };
}

export const emptyWorld = (): World => ({ objects: new Map(), picture: null, isDeleted: false, clock: Date.now() });

export function request(world: World, plan: Plan, turn = async (): Promise<void> => undefined) {
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

export const whole = { writesBack: true, endsAfter: Infinity, failures: new Map<number, "before" | "after">() };

/** What a sweep does with the folder, once every upload is over. */
export const sweep = (world: World) => {
  const { store, metadata } = services(world, { ...whole, request: "a" }, async () => undefined);
  return settleFolder(store, userId, () => metadata.readPicture(userId), world.clock + longestUpload + 1);
};

const namedIn = (world: World) => namedStem(userId, world.picture);
const statesIn = (world: World) =>
  [...world.objects].map(([key, { headers }]) => [stemOf(key), taggedState(headers.tags)] as const);

/** Of the picture that is named, all three objects are there. */
function assertNamedIsThere(world: World): void {
  const named = namedIn(world);
  if (named === undefined) return;
  const suffixes = [...world.objects.keys()].filter((key) => stemOf(key) === named);
  if (suffixes.length !== 3) throw new Error(`Of ${named} there are ${suffixes.length} objects.`);
}

/** The states that a picture of the folder has, by whether it is named. */
export function outcome(world: World) {
  const named = namedIn(world);
  const states = (wanted: boolean) => [
    ...new Set(statesIn(world).flatMap(([stem, state]) => ((stem === named) === wanted ? [state] : []))),
  ];
  return { named: states(true), others: states(false) };
}
