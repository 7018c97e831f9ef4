// What is at a URL, without decoding it: for those who only want to know whether it is a picture, and how large.
import { formatOf, measure } from "../../components/picture-store/image-header.ts";
import type { PictureType } from "../../components/picture-store/image-header.ts";
import { pictureLimits } from "../../components/picture-store/image.ts";
import { Damage } from "../../components/picture-store/image-reader.ts";
import { readUpTo } from "./picture-answer.ts";
import type { PictureAnswer } from "./picture-answer.ts";
import { internetRequests } from "./picture-requests.ts";
import type { AskOptions, PictureRequests } from "./picture-requests.ts";
import { PictureSourceError } from "./picture-source.ts";

export interface InspectOptions extends AskOptions {
  /** @default of the internet */
  readonly requests?: PictureRequests;
}

export type UrlInspection =
  | {
      readonly state: "picture";
      /** By its bytes. */
      readonly type: PictureType;
      /** Of one that is too large to be read to its end: as its host says, or what was read. */
      readonly bytes: number;
      /** In pixels. Undefined: it is too large to be read to its end. */
      readonly width: number | undefined;
      readonly height: number | undefined;
    }
  | {
      /**
       * `gone`: there is nothing there for anybody. `no-picture`: there is, but it is none. `unknown`: it may not be
       * asked, or it does not tell, or not today.
       */
      readonly state: "gone" | "no-picture" | "unknown";
      /** One sentence. */
      readonly reason: string;
    };

/** Throws nothing but the signal's reason. */
export async function inspectUrl(
  url: string,
  { requests = internetRequests, ...options }: InspectOptions = {},
): Promise<UrlInspection> {
  try {
    return await requests.ask(url, options, inspectAnswer);
  } catch (error) {
    if (!(error instanceof PictureSourceError)) throw error;
    return { state: error.isGone ? "gone" : "unknown", reason: error.message };
  }
}

async function inspectAnswer(answer: PictureAnswer): Promise<UrlInspection> {
  // What is larger is too large for a page, whatever its pixels are.
  const { bytes, isWhole } = await readUpTo(answer, pictureLimits.maxBytes);
  const format = formatOf(bytes);
  if (format === undefined) return inspectOther(answer);
  const { type } = format;
  if (!isWhole)
    return {
      ...{ state: "picture", type, width: undefined, height: undefined },
      bytes: Math.max(answer.saidLength ?? 0, bytes.length + 1),
    };
  try {
    const { width, height } = measure(format, bytes);
    return { state: "picture", type, bytes: bytes.length, width, height };
  } catch (error) {
    if (!(error instanceof Damage)) throw error;
    return { state: "no-picture", reason: `The host ${answer.host} answers with a picture that is damaged.` };
  }
}

/** A browser shows pictures of other types, such as SVG and AVIF, and goes by what the host says. */
function inspectOther({ host, saidType }: PictureAnswer): UrlInspection {
  const type = /^\s*(image\/[\w.+-]{1,40})/i.exec(saidType ?? "")?.[1]?.toLowerCase();
  if (type === undefined || /^image\/(jpeg|png|webp|gif)$/.test(type))
    return { state: "no-picture", reason: `The host ${host} answers with no picture, by the first bytes.` };
  return { state: "unknown", reason: `The host ${host} answers with ${type}, which is not looked into.` };
}
