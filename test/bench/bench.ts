// `npm run bench`: what a login costs through our bundle, beside the docs page's snippet and one verification of a
// token's signature. All three are measured in turn in one process, so that only ratios count. And what one run of the
// program costs its own process: `-- --against REVISION` measures that of an earlier commit beside it. And what its
// size costs the sandbox's tenant, what a photo of 12 million pixels costs the upload function, and what an import of a
// thousand users costs. `-- --json` prints the first two as one object.
import { generateKeyPairSync, sign, verify } from "node:crypto";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { bundleAction } from "../../actions/bundle/bundle.ts";
import { loadAction } from "../../actions/testing/load-action.ts";
import type { LoadedAction } from "../../actions/testing/load-action.ts";
import { events } from "../../actions/testing/testing.ts";
import type { LoginEvent } from "../../actions/testing/testing.ts";
import type { PictureSettings } from "../../actions/user-picture/picture.ts";
import { importCosts } from "./import.ts";
import { programCosts } from "./program.ts";
import { tenantScale } from "./scale.ts";
import { uploadCosts } from "./uploads.ts";

const { values: options } = parseArgs({
  options: { json: { type: "boolean", default: false }, against: { type: "string" } },
});

const settings: PictureSettings = {
  allowedUrlPrefixes: ["https://d111111abcdef8.cloudfront.net/u/", "https://d111111abcdef8.cloudfront.net/d/"],
  mode: "generated",
  defaultPictures: { general: "https://d111111abcdef8.cloudfront.net/d/user.png" },
};

/** The logins that a tenant sees: each is as frequent as the others. */
const picture = "https://d111111abcdef8.cloudfront.net/u/0123456789abcdef/0123456789abcdef.png";
const logins: readonly LoginEvent[] = [
  events.databaseUser(),
  events.googleUser(),
  events.googleUser({ user_metadata: { picture } }),
  events.googleUser({ user_metadata: { picture: "https://evil.example/x.png" } }),
];

/**
 * What Auth0's page "Change User Pictures" shows first, in our words, guarded so that a user without metadata can log
 * in.
 */
const snippet = `exports.onExecutePostLogin = async (event, api) => {
  const picture = event.user.user_metadata?.picture;
  if (picture) api.idToken.setCustomClaim("picture", picture);
};`;

const bundleMs: number[] = [];
let code = "";
for (let build = 0; build < 10; build++) {
  const start = performance.now();
  code = bundleAction(settings);
  bundleMs.push(performance.now() - start);
}

/** Runs `rounds` rounds of all subjects in turn; gives each one's median, in nanoseconds for one operation. */
async function inTurn(subjects: readonly Subject[], rounds: number): Promise<number[]> {
  const times = subjects.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, { operations, run }] of subjects.entries()) {
      const start = process.hrtime.bigint();
      await run(operations);
      times[index]?.push(Number(process.hrtime.bigint() - start) / operations);
    }
  }
  return times.map(median);
}

interface Subject {
  readonly operations: number;
  readonly run: (operations: number) => Promise<void> | void;
}

const mapValues = (object: object, map: (value: number) => number) =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(value as number)]));

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function login(action: LoadedAction, which: readonly LoginEvent[]): Subject {
  const parsed = which.map((event) => action.parse(JSON.stringify(event)));
  let claim: unknown;
  const setCustomClaim = (_name: string, value: unknown): void => void (claim = value);
  const api = { idToken: { setCustomClaim } };
  return {
    operations: 4000,
    run: async (operations) => {
      for (let count = 0; count < operations; count++)
        await action.onExecutePostLogin(parsed[count % parsed.length], api);
      if (claim === undefined && which.length > 1) throw new Error("no login set a picture");
    },
  };
}

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const token = Buffer.from("a".repeat(600));
const signature = sign("sha256", token, privateKey);
const verification: Subject = {
  operations: 200,
  run: (operations) => {
    for (let count = 0; count < operations; count++) {
      if (!verify("sha256", token, publicKey, signature)) throw new Error("the signature does not verify");
    }
  },
};

const ours = loadAction(code);
const subjects = [login(ours, logins), login(loadAction(snippet), logins), verification];
const each = logins.map((event) => login(ours, [event]));
await inTurn([...subjects, ...each], 20);
const [nsPerLogin = 0, naiveNsPerLogin = 0, rs256VerifyNs = 0, ...nsPerKind] = await inTurn([...subjects, ...each], 60);

const action = {
  bytes: Buffer.byteLength(code),
  gzipBytes: gzipSync(code).length,
  nsPerLogin: Math.round(nsPerLogin),
  naiveNsPerLogin: Math.round(naiveNsPerLogin),
  rs256VerifyNs: Math.round(rs256VerifyNs),
};
const program = await programCosts(options.json ? 1 : 9, options.against);
if (options.json) {
  console.log(JSON.stringify({ action, program }));
} else {
  const kinds = ["generated picture", "Google's picture", "own picture", "hostile metadata"];
  console.log(`bundle            ${action.bytes} bytes, ${action.gzipBytes} gzipped`);
  console.log(
    `bundling          ${bundleMs[0]?.toFixed(1) ?? ""} ms at first, then ${median(bundleMs.slice(1)).toFixed(1)} ms`,
  );
  console.log(`a login           ${action.nsPerLogin} ns`);
  for (const [index, kind] of kinds.entries())
    console.log(`  ${kind.padEnd(17)} ${nsPerKind[index]?.toFixed(0) ?? ""} ns`);
  console.log(`docs page snippet ${action.naiveNsPerLogin} ns`);
  console.log(`RS256 verify      ${action.rs256VerifyNs} ns: ${(rs256VerifyNs / nsPerLogin).toFixed(0)} logins`);
  console.log("\nOne run of the dev stack's program, in its own process (ms, medians):");
  console.table(
    Object.fromEntries(
      program.map(({ revision, ...times }) => [revision, mapValues(times, (time) => Math.round(time))]),
    ),
  );
  const { startMs, rows, unmeasured } = await tenantScale();
  const ratios = rows.map(({ operation, small, large }) => ({ operation, small, large, ratio: large / small }));
  const slowest = ratios.toSorted((x, y) => y.ratio - x.ratio).slice(0, 5);
  console.log(`\nThe sandbox's tenant with 10,000 users and 1,000 connections starts in ${Math.round(startMs)} ms.`);
  console.log(
    `Of ${rows.length} operations, those that its size costs most (ms, medians; at most 50 times is promised):`,
  );
  console.table(
    Object.fromEntries(
      slowest.map(({ operation, ...times }) => [operation, mapValues(times, (time) => Math.round(time * 10) / 10)]),
    ),
  );
  console.log(`Not measured: ${unmeasured.join(", ")}`);
  const { files, photoBytes, deployed, native, upload } = await uploadCosts();
  const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(0)} kB`;
  const zipped = files.reduce((sum, file) => sum + file.zipped, 0);
  console.log(`\nThe upload function's zip is ${kilobytes(zipped)}:`);
  for (const { file, bytes, zipped } of files)
    console.log(`  ${file.padEnd(33)} ${kilobytes(zipped)} of ${kilobytes(bytes)}`);
  console.log(`A JPEG of 12 million pixels, ${kilobytes(photoBytes)}, in a worker of its own (ms, MB; medians):`);
  const ratio = Object.fromEntries(
    Object.entries(deployed).map(([name, value]) => [name, (value as number) / native[name as keyof typeof native]]),
  );
  console.table({
    "as deployed": mapValues(deployed, Math.round),
    "sharp's native build": mapValues(native, Math.round),
    ratio: mapValues(ratio, (value) => Math.round(value * 10) / 10),
  });
  console.log(
    `An upload of it, from the request to the answer: ${upload.cold.toFixed(0)} ms at first, then ${upload.warm.toFixed(0)} ms`,
  );
  const imports = await importCosts();
  const { few, many, limited, decodedPerSecond } = imports;
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  console.log(`\nuser-pictures import, of as many users with files of their own:`);
  console.table(
    Object.fromEntries(
      [few, many, limited].map(({ users, perSecond, bytesBefore, bytesAfter, peakMemory }) => [
        users,
        {
          "users a second": perSecond,
          before: megabytes(bytesBefore),
          after: megabytes(bytesAfter),
          "peak memory": `${peakMemory.toFixed(0)} MB`,
        },
      ]),
    ),
  );
  const share = (value: number, of: number) => `${((value / of) * 100).toFixed(0)} %`;
  console.log(
    `The decoders alone do ${decodedPerSecond.toFixed(1)} of these pictures a second: ` +
      `an import has ${share(many.perSecond, decodedPerSecond)} of it, its sandbox on the same machine.\n` +
      `Memory for ${many.users} users, to that for ${few.users}: ${share(many.peakMemory, few.peakMemory)}.\n` +
      `With the tenant's limit of ${limited.limit.perSecond} calls a second (${limited.limit.burst} at once), the third ` +
      `line has ${share(limited.perSecond, limited.limit.perSecond)} of it; ${limited.refused} calls were refused.`,
  );
}
