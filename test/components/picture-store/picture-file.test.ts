// A file for a default picture: refused, for its real reason, or taken as browsers take it.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, describe, expect, it } from "vitest";
import { PictureError } from "../../../components/picture-store/image.ts";
import { readPictureFile } from "../../../components/picture-store/picture-file.ts";
import { validateStoredPictures } from "../../../components/picture-store/validate.ts";
import { encoded, picture } from "./pictures.ts";

const folder = mkdtempSync(join(tmpdir(), "picture-file-"));
afterAll(() => rmSync(folder, { recursive: true }));

const path = join(folder, "face");
const written = (content: string | Uint8Array) => {
  writeFileSync(path, content);
  return path;
};

describe("a picture that is cut off", () => {
  it.each(Object.keys(encoded) as (keyof typeof encoded)[])("is refused as a default picture: %s", (name) => {
    const whole = picture(name);
    for (const length of [32, whole.length / 2, whole.length - 6]) {
      const general = { file: written(whole.subarray(0, length)) };

      expect(validateStoredPictures({}, { general }).refusals).toEqual([
        {
          path: ["defaultPictures", "general", "file"],
          message: expect.stringMatching(/^".*face" is damaged: it is cut off/) as string,
        },
      ]);
    }
  });
});

const namespace = "http://www.w3.org/2000/svg";
const root = `<svg xmlns="${namespace}" viewBox="0 0 8 8">`;
const end = '<circle cx="4" cy="4" r="4"/></svg>';

/** As Adobe Illustrator writes it. */
const illustrator = `<?xml version="1.0" encoding="utf-8"?>
<!-- Generator: Adobe Illustrator 16.0.0, SVG Export Plug-In . SVG Version: 6.00 Build 0)  -->
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd" [
	<!ENTITY ns_extend "http://ns.adobe.com/Extensibility/1.0/">
	<!ENTITY ns_svg "${namespace}">
	<!ENTITY ns_xlink "http://www.w3.org/1999/xlink">
]>
<svg version="1.1" id="Layer_1" xmlns:x="&ns_extend;" xmlns="&ns_svg;" xmlns:xlink="&ns_xlink;" width="8px"
	 height="8px" viewBox="0 0 8 8" enable-background="new 0 0 8 8" xml:space="preserve">${end}`;

const declared = (declarations: string, value: string) =>
  `<!DOCTYPE svg [${declarations}]><svg xmlns="${value}" viewBox="0 0 8 8">${end}`;

/** A few hundred bytes each, one in the other: 200 of the last have 24 GB. */
const laughs = ["x", "&a;", "&b;", "&c;"]
  .map((value, depth) => `<!ENTITY ${"abcd"[depth]} "${value.repeat(depth === 0 ? 900 : 300)}">`)
  .join("");

describe("an SVG", () => {
  it.each([
    ["as Illustrator writes it", illustrator],
    ["with a document type of its own", `<!DOCTYPE svg SYSTEM "a > b [">${root}${end}`],
    ["with a subset that looks like its end", `<!DOCTYPE svg [<!-- ]> ' --><!ENTITY a "]>"><?a ]>?>]>${root}${end}`],
    ["with an entity in an entity", declared(`<!ENTITY w "http://www.w3.org"><!ENTITY s "&w;/2000/svg">`, "&s;")],
    ["with an entity that is declared twice", declared(`<!ENTITY s '${namespace}'><!ENTITY s "other">`, "&s;")],
    ["with a style sheet's instruction", `<?xml version="1.0"?>\n<?xml-stylesheet href="a>b"?>${root}${end}`],
    ["with a long comment first", `<!-- <svg --><!--${" long".repeat(200_000)}-->${root}${end}`],
    // The renderer takes for an SVG what has these four characters somewhere.
    [
      "with a prefix",
      `<!-- <svg --><s:svg xmlns:s="${namespace}" width="8" height="8"><s:circle cx="4" cy="4" r="4"/></s:svg>`,
    ],
    ["with a > in an attribute", `<svg id="a>b" xmlns="${namespace}" viewBox="0 0 8 8">${end}`],
  ])("is taken %s, and a renderer shows it", async (_, content) => {
    expect(readPictureFile(written(content), true)).toMatchObject({ contentType: "image/svg+xml" });
    expect(() => readPictureFile(written(content), false)).toThrow(/is an SVG, which can hold script/);
    expect(await sharp(Buffer.from(content)).metadata()).toMatchObject({ format: "svg", width: 8, height: 8 });
  });

  it("is taken in UTF-16 with its byte order mark, as a browser takes it", () => {
    const little = Buffer.from(`\uFEFF<?xml version="1.0" encoding="UTF-16"?>${root}${end}`, "utf16le");

    for (const content of [little, Buffer.from(little).swap16()])
      expect(readPictureFile(written(content), true)).toMatchObject({ contentType: "image/svg+xml" });
  });

  it.each([
    ["whose entity is another namespace", declared(`<!ENTITY s "http://example.org/">`, "&s;"), /<svg> lacks xmlns=/],
    ["whose entity is in a comment", declared(`<!-- <!ENTITY s "${namespace}"> -->`, "&s;"), /<svg> lacks xmlns=/],
    ["whose entity nobody declares", illustrator.replace("ENTITY ns_svg", "ENTITY other"), /<svg> lacks xmlns=/],
    ["whose entities go round", declared(`<!ENTITY a "&b;"><!ENTITY b "&a;&a;">`, "&a;"), /<svg> lacks xmlns=/],
    ["whose entities make gigabytes", declared(laughs, "&d;".repeat(200)), /<svg> lacks xmlns=/],
    [
      "whose prefix is another namespace's",
      `<s:svg xmlns="${namespace}" viewBox="0 0 8 8"/>`,
      /<s:svg> lacks xmlns:s=/,
    ],
    ["without a size, after a document type", illustrator.replaceAll(/(width|viewBox)=/g, "data-$1="), /has no size/],
    ["in a page", `<!DOCTYPE html><html>${root}${end}</html>`, /no PNG, JPEG, WebP or GIF/],
  ])("is refused %s, for that reason", (_, content, message) => {
    expect(() => readPictureFile(written(content), true)).toThrow(message);
  });

  it("is told from what is none in no time, however it was made", () => {
    const parts = [
      "<!--",
      "<!DOCTYPE svg [",
      "<!DOCTYPE svg [<!--",
      "<?",
      "<!-- -->",
      "'",
      '<svg a="',
      "&a;",
      "<svg a=''",
      " ",
    ];
    for (const part of parts) {
      const before = performance.now();
      for (const start of ["", "<!DOCTYPE svg [", "<svg"])
        expect(() => readPictureFile(written(start + part.repeat((1024 * 1024) / 16)), true), part).toThrow(
          PictureError,
        );
      expect(performance.now() - before, part).toBeLessThan(5000);
    }
  });
});
