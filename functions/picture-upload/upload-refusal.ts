// Why an upload is refused, in words for the person who chose the file. Nothing of the inside is in them.

export interface RefusalText {
  /** The HTTP status. */
  readonly status: number;
  /** One sentence: what is wrong. */
  readonly message: string;
  /** One sentence: what the person can do. */
  readonly whatToDo: string;
}

const saveAgain = "Open it in a program that shows it, save it as a new JPEG or PNG file, and choose that one.";
const tryAgain = "Try again in a minute.";

/** By code. A code never changes its meaning, because applications decide by it. */
export const refusalTexts = {
  no_picture: { status: 400, message: "No picture arrived.", whatToDo: "Choose a picture and send it again." },
  not_one_picture: {
    status: 400,
    message: "More than one file arrived.",
    whatToDo: "Choose one picture only.",
  },
  unreadable_request: {
    status: 400,
    message: "The picture did not arrive whole.",
    whatToDo: "Send it again.",
  },
  too_large: {
    status: 413,
    message: "The file is larger than 4.5 MB.",
    whatToDo: "Make the picture smaller, 1024 × 1024 pixels are plenty, and choose it again.",
  },
  not_a_picture: {
    status: 415,
    message: "The file is no JPEG, PNG, WebP or GIF picture.",
    whatToDo: "Save the picture as JPEG or PNG, and choose that file.",
  },
  heic: {
    status: 415,
    message: "The file is a HEIC photo, which most browsers cannot show.",
    whatToDo: "Save it as JPEG, and choose that file.",
  },
  damaged: { status: 422, message: "The picture is damaged or incomplete.", whatToDo: saveAgain },
  too_small: {
    status: 422,
    message: "The picture is smaller than 64 × 64 pixels.",
    whatToDo: "Choose a larger picture: 512 × 512 pixels show best.",
  },
  too_many_pixels: {
    status: 422,
    message: "The picture has more than 50 million pixels.",
    whatToDo: "Make it smaller, 1024 × 1024 pixels are plenty, and choose it again.",
  },
  too_complex: { status: 422, message: "The picture takes too long to read.", whatToDo: saveAgain },
  not_a_user: {
    status: 403,
    message: "This sign-in is not a person's.",
    whatToDo: "Sign in with your own account, and try again.",
  },
  user_deleted: {
    status: 410,
    message: "Your account does not exist any more.",
    whatToDo: "Sign out, and sign in again.",
  },
  too_many_pictures: {
    status: 429,
    message: "You have changed your picture many times lately.",
    whatToDo: "Try again in a few days, or choose one of your latest pictures.",
  },
  still_set: {
    status: 409,
    message: "The picture is still the one of your profile.",
    whatToDo: "Remove it from your profile first.",
  },
  busy: { status: 503, message: "The picture could not be saved just now.", whatToDo: tryAgain },
  not_read: { status: 503, message: "Your picture could not be looked up just now.", whatToDo: tryAgain },
  failed: { status: 500, message: "Something went wrong here.", whatToDo: tryAgain },
} as const satisfies Readonly<Record<string, RefusalText>>;

export type RefusalCode = keyof typeof refusalTexts;

/** What the caller is told, by its code. */
export class UploadRefusal extends Error {
  override readonly name = "UploadRefusal";
  readonly code: RefusalCode;

  /** @param options.cause is logged, and not told */
  constructor(code: RefusalCode, options?: ErrorOptions) {
    super(refusalTexts[code].message, options);
    this.code = code;
  }
}
