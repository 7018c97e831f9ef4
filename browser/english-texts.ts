// Every word that the element shows, in English. A page in another language gives its own.

/** What is said of a file, or of an upload, that went wrong. */
export interface RefusalWords {
  /** One sentence: what is wrong. */
  readonly message: string;
  /** One sentence: what the person can do. */
  readonly whatToDo: string;
}

const saveAgain = "Open it in a program that shows it, save it as a new JPEG or PNG file, and choose that one.";
const tryAgain = "Try again in a minute.";
const makeSmaller = "Make it smaller, 1024 × 1024 pixels are plenty, and choose it again.";

/** By code: what is wrong, and what to do. Those that the upload service has too say the same here. */
export const englishRefusals = {
  empty_file: ["The file is empty.", "Choose another picture."],
  not_one_picture: ["More than one file arrived.", "Choose one picture only."],
  not_readable: ["The file could not be read.", "Choose it again, or another one."],
  not_a_picture: [
    "The file is no JPEG, PNG, WebP or GIF picture.",
    "Save the picture as JPEG or PNG, and choose that file.",
  ],
  heic: ["The file is a HEIC photo, which most browsers cannot show.", "Save it as JPEG, and choose that file."],
  damaged: ["The picture is damaged or incomplete.", saveAgain],
  too_small: ["The picture is smaller than 64 × 64 pixels.", "Choose a larger picture: 512 × 512 pixels show best."],
  file_too_large: ["The file is larger than 100 MB.", makeSmaller],
  too_many_pixels: ["The picture has more than 50 million pixels.", makeSmaller],
  too_complex: ["The picture takes too long to read.", saveAgain],
  no_connection: ["The service could not be reached.", "Check your connection, and try again."],
  signed_out: ["Your sign-in has ended.", "Sign in again, and try again."],
  not_allowed: ["You may not change the picture here.", "Sign in again, and try again."],
  too_many_requests: ["Many pictures are being changed just now.", tryAgain],
  busy: ["The picture could not be saved just now.", tryAgain],
  failed: ["Something went wrong here.", tryAgain],
} as const satisfies Readonly<Record<string, readonly [message: string, whatToDo: string]>>;

/** What the element says. `{…}` stands for a number. */
export interface UploadTexts {
  /** Names the element as a whole. */
  readonly label: string;
  /** What is shown now, for who does not see it. */
  readonly picture: string;
  readonly noPicture: string;
  readonly choose: string;
  readonly chooseHint: string;
  readonly remove: string;
  readonly removeQuestion: string;
  readonly confirmRemove: string;
  readonly wait: string;
  /** Names the picture and the sliders that say which part of it is kept. */
  readonly crop: string;
  readonly cropHint: string;
  /** The part's position, across and down. */
  readonly across: string;
  readonly down: string;
  /** `{x}` and `{y}` are from 0 to 100. */
  readonly position: string;
  readonly zoom: string;
  readonly use: string;
  readonly tryAgain: string;
  readonly cancel: string;
  readonly sending: string;
  readonly sent: string;
  /** `{n}` is 100 for the whole, and more for a zoom. */
  readonly percent: string;
  readonly changed: string;
  readonly removed: string;
  readonly unchanged: string;
}

export const englishTexts: UploadTexts = {
  label: "Your picture",
  picture: "Your picture as it is now",
  noPicture: "You have no picture yet",
  choose: "Choose a picture",
  chooseHint: "Or drop one here. JPEG, PNG, WebP or GIF.",
  remove: "Remove",
  removeQuestion: "Remove your picture?",
  confirmRemove: "Yes, remove it",
  wait: "One moment …",
  crop: "Choose what is shown",
  cropHint: "Drag the picture, or use the arrow keys.",
  across: "From left to right",
  down: "From top to bottom",
  position: "{x} % from the left, {y} % from the top",
  zoom: "Zoom",
  use: "Use this picture",
  tryAgain: "Try again",
  cancel: "Cancel",
  sending: "Sending the picture",
  sent: "Sent. It is being saved …",
  percent: "{n} %",
  changed: "Your picture has changed.",
  removed: "Your picture is removed.",
  unchanged: "Nothing was changed.",
};

/** Each `{name}` replaced by its number, as a whole one. */
export function filled(text: string, numbers: Readonly<Record<string, number>>): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(Math.round(numbers[name] ?? 0)));
}
