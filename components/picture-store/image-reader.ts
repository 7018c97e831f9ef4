// What the readers of the formats share.

/** What a decoder will make room for. */
export interface Measure {
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  /** The passes over the pixels, where a file can have any number of them. */
  readonly scans?: number;
}

/** The message says what is wrong, and follows on "is damaged:". */
export class Damage extends Error {}

/** Four characters. @throws RangeError past the end of the bytes */
export const tagAt = (view: DataView, at: number) =>
  String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));

/** A part of what is seen. @throws RangeError past the end of the bytes */
export const partOf = (view: DataView, from: number, length: number) => {
  if (from + length > view.byteLength) throw new RangeError("Past the end");
  return new DataView(view.buffer, view.byteOffset + from, length);
};
