import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ImportSourceOptions } from "../../../cli/import/import-source.ts";
import { openImportSource } from "../../../cli/import/import-source.ts";
import { openTableFolder, readAll } from "./table-folder.ts";
import type { TableFolder } from "./table-folder.ts";

let tables: TableFolder;
beforeAll(() => {
  tables = openTableFolder();
});
afterAll(() => tables.remove());

const read = (content: string | Uint8Array, options?: ImportSourceOptions) =>
  readAll(tables.write("users.csv", content), options);
/** What is read of each row, in short. */
const seen = async (content: string | Uint8Array, options?: ImportSourceOptions) =>
  (await read(content, options)).map(({ place, user, picture, refusal }) => [place, user, refusal ?? picture]);

const two = [
  ["line 2", "auth0|a", "a.jpg"],
  ["line 3", "b@example.com", "https://example.com/b.png"],
];
const lines = (separator: string) =>
  [
    ["user", "picture"],
    ["auth0|a", "a.jpg"],
    ["b@example.com", "https://example.com/b.png"],
  ].map((row) => row.join(separator));
const utf16 = (text: string, isBigEndian: boolean) => {
  const bytes = Buffer.from(`\uFEFF${text}`, "utf16le");
  return isBigEndian ? bytes.swap16() : bytes;
};

describe("a table that programs write", () => {
  it.each<[string, string | Buffer]>([
    ["commas", lines(",").join("\n")],
    ["semicolons", lines(";").join("\n")],
    ["tabs", lines("\t").join("\n")],
    ["bars, with the id in quotes", lines("|").join("\n").replace("auth0|a", '"auth0|a"')],
    ["a BOM, and lines as Windows ends them", `\uFEFF${lines(";").join("\r\n")}\r\n`],
    ["lines as old Macs ended them", lines(",").join("\r")],
    ["lines that end differently", `${lines(",").join("\r\n")}\n`],
    [
      "every field in quotes",
      lines(",")
        .map((line) => line.replace(/[^,]+/g, '"$&"'))
        .join("\n"),
    ],
    ["spaces around fields", lines(" ; ").join("  \n  ")],
    ["UTF-16 of Excel", utf16(lines("\t").join("\r\n"), false)],
    ["UTF-16 with the high byte first", utf16(lines("\t").join("\r\n"), true)],
    ["rows without anything at the end", `${lines(",").join("\n")}\n,\n\n  \n,,,,\n`],
  ])("is read: %s", async (_, content) => {
    expect(await seen(content)).toEqual(two);
  });

  it.each([
    "user,picture",
    "User, Picture",
    "USER_ID,PICTURE",
    "User ID,picture",
    "user-id,Picture ",
    "E-Mail,picture",
    "email,picture",
    "Email address,picture",
    '"user","picture"',
    "picture,user",
    "name,user,picture,status,error,constructor,name",
  ])("may name its columns: %s", async (header) => {
    const fields = header.split(",").map((name) => {
      const column = name.toLowerCase().replace(/[^a-z]/g, "");
      return column === "picture" ? "a.jpg" : /^(user|email)/.test(column) ? "a@example.com" : "x";
    });
    expect(await seen(`${header}\n${fields.join(",")}`)).toEqual([["line 2", "a@example.com", "a.jpg"]]);
  });

  it("may have lines before the header that are empty, and one for Excel", async () => {
    expect(await seen("\n\nuser,picture\nauth0|a,a.jpg")).toEqual([["line 4", "auth0|a", "a.jpg"]]);
    expect(await seen("sep=;\r\nuser;picture\r\nauth0|a;a,1.jpg\r\n")).toEqual([["line 3", "auth0|a", "a,1.jpg"]]);
    expect(await seen("\uFEFFsep=#\nuser#picture\nauth0|a#a.jpg\n")).toEqual([["line 3", "auth0|a", "a.jpg"]]);
  });

  it("is read with the separator that is given, and no other", async () => {
    expect(await seen(lines("^").join("\n"), { delimiter: "^" })).toEqual(two);
    expect(await seen(lines("\t").join("\n"), { delimiter: "tab" })).toEqual(two);
    await expect(read(lines(";").join("\n"), { delimiter: "," })).rejects.toThrow(/has the columns user;picture\. /);
    for (const delimiter of ["", "ab", '"', "\n", "a", "1", "ß"])
      await expect(read(lines(",").join("\n"), { delimiter })).rejects.toThrow(/^--delimiter is "/);
  });

  it("names a user by the id before the e-mail address, whichever a row has", async () => {
    expect(await seen("email,user_id,picture\na@example.com,auth0|a,a.jpg\nb@example.com,,b.jpg\n,,c.jpg")).toEqual([
      ["line 2", "auth0|a", "a.jpg"],
      ["line 3", "b@example.com", "b.jpg"],
      ["line 4", "", "The row names no user: a user_id (such as auth0|65f…) or an e-mail address is needed."],
    ]);
  });

  it("has fields without anything between tabs", async () => {
    expect(await seen("name\tuser\tpicture\n\tauth0|a\ta.jpg\n\t\tb.jpg\n")).toEqual([
      ["line 2", "auth0|a", "a.jpg"],
      ["line 3", "", "The row names no user: a user_id (such as auth0|65f…) or an e-mail address is needed."],
    ]);
  });

  it("has fields with separators, quotes and line ends in quotes", async () => {
    const rows = await seen('user,name,picture\nauth0|a,"A, ""B""\nC","a, ""1"".jpg"\nauth0|b,x,b.jpg');
    expect(rows.map(([, user, picture]) => [user, picture])).toEqual([
      ["auth0|a", 'a, "1".jpg'],
      ["auth0|b", "b.jpg"],
    ]);
  });

  it("is found changed by its bytes", async () => {
    const path = tables.write("users.csv", lines(",").join("\n"));
    const { fingerprint } = await openImportSource(path);
    expect((await openImportSource(path)).fingerprint).toBe(fingerprint);
    tables.write("users.csv", `${lines(",").join("\n")}\n`);
    expect((await openImportSource(path)).fingerprint).not.toBe(fingerprint);
  });
});

describe("a table that cannot be read", () => {
  it.each<[string, string | Uint8Array, RegExp]>([
    ["nothing", "", /users\.csv is empty\. A table needs a column user/],
    ["a BOM alone", "\uFEFF", /is empty/],
    ["no header", "auth0|a,a.jpg\nauth0|b,b.jpg", /has the columns auth0\|a, a\.jpg\. A table needs/],
    ["no picture", "user,name\nauth0|a,x", /has the columns user, name\. /],
    ["no user", "id,picture\nauth0|a,x", /has the columns id, picture\. /],
    ["a column twice", "user,picture,Picture\na,b,c", /has the column Picture twice\. Leave one of them\./],
    ["a column twice, written differently", "user_id,User ID,picture\na,b,c", /has the column User ID twice/],
    ["a picture", Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"), /is not UTF-8|NUL/],
    ["UTF-16 without a mark", Buffer.from("user,picture\nauth0|a,a.jpg", "utf16le"), /NUL character in its first line/],
    [
      "Windows-1252",
      Buffer.from("user,picture\nauth0|a,a.jpg\nj\xfcrg@example.com,b.jpg", "latin1"),
      /users\.csv is not UTF-8, near line 1\. Save it as "CSV UTF-8"/,
    ],
    [
      "half a character at the end",
      Buffer.from([...Buffer.from("user,picture\na|b,"), 0xc3]),
      /is not UTF-8, near line 2/,
    ],
    ["a quote that is not closed", 'user,picture\nauth0|a,"a.jpg\nauth0|b,b.jpg\n', /a quote is opened and not closed/],
    [
      "text behind a quote",
      'user,picture\nauth0|a,"a"b.jpg\n',
      /users\.csv, line 2: there is text after a closing quote/,
    ],
    ["a quote in a field", 'user,picture\nauth0|a,a".jpg\n', /users\.csv, line 2: a quote is in a field that does not/],
    [
      "a quote that is not closed, and much behind it",
      `user,picture\nauth0|a,"a.jpg\n${"auth0|b,b.jpg\n".repeat(10_000)}`,
      /a row has more than 65536 characters: is a quote not closed\?/,
    ],
    ["one line without an end", "x".repeat(300_000), /a row has more than 65536 characters/],
    ["an escape in the header", "user,\u001b[31mpic\nauth0|a,x", /has the columns user, \\u001b\[31mpic\. /],
  ])("is refused as a whole, before anything is imported: %s", async (_, content, message) => {
    await expect(read(content)).rejects.toThrow(message);
    await expect(read(content)).rejects.toMatchObject({ name: "CommandError" });
  });

  it("is refused where there is none", async () => {
    await expect(readAll(join(tables.folder, "none.csv"))).rejects.toThrow(
      /none\.csv cannot be read: there is no such/,
    );
    await expect(readAll("/dev/null")).rejects.toThrow("/dev/null is neither a file nor a folder.");
    await expect(readAll(tables.folder, { delimiter: ";" })).rejects.toThrow("--delimiter is for a table, and");
  });
});

describe("a row that cannot be imported", () => {
  it.each<[string, string]>([
    ["auth0|b", "No picture is named: a path from the table's folder or an https URL is needed."],
    ["auth0|b,", "No picture is named: a path from the table's folder or an https URL is needed."],
    [",b.jpg", "The row names no user: a user_id (such as auth0|65f…) or an e-mail address is needed."],
    ["jane,b.jpg", "The row names no user: a user_id (such as auth0|65f…) or an e-mail address is needed."],
    ["|b,b.jpg", "The row names no user: a user_id (such as auth0|65f…) or an e-mail address is needed."],
    ["auth0|,b.jpg", "The row names no user: a user_id (such as auth0|65f…) or an e-mail address is needed."],
    ["auth0|\0,b.jpg", "The row names no user: a user_id (such as auth0|65f…) or an e-mail address is needed."],
    ['"auth0|b\nc",b.jpg', "The row names no user: a user_id (such as auth0|65f…) or an e-mail address is needed."],
    ["auth0|b,b\0.jpg", "The picture's name has a control character."],
    ["auth0|b,b.jpg,c", "It has 3 fields, and the header 2: is one with a separator not in quotes?"],
    ["auth0|b,../b.jpg", "The picture's path leads out of the table's folder. Put the picture into it."],
    ["auth0|b,a/../../a/b.jpg", "The picture's path leads out of the table's folder. Put the picture into it."],
    ["auth0|b,..\\b.jpg", "The picture's path leads out of the table's folder. Put the picture into it."],
    ["auth0|b,a/./../..", "The picture's path leads out of the table's folder. Put the picture into it."],
    ["auth0|b,/etc/passwd", "The picture's path is absolute; it must be one from the table's folder."],
    ["auth0|b,C:\\b.jpg", "The picture's path is absolute; it must be one from the table's folder."],
    ["auth0|b,c:b.jpg", "The picture's path is absolute; it must be one from the table's folder."],
    ["auth0|b,\\\\server\\b.jpg", "The picture's path is absolute; it must be one from the table's folder."],
    ["auth0|b,//server/b.jpg", "The picture's path is absolute; it must be one from the table's folder."],
    ["auth0|b,http://example.com/b.jpg", "The picture's URL is not encrypted: only https is taken."],
    ["auth0|b,HTTPS://[b.jpg", "The picture's URL is no URL that can be called."],
    ["auth0|b,ftp://example.com/b", "The picture is neither a path from the table's folder nor an https URL."],
    ["auth0|b,file:///b.jpg", "The picture is neither a path from the table's folder nor an https URL."],
    ['auth0|b,"data:image/png;base64,AA"', "The picture is neither a path from the table's folder nor an https URL."],
  ])("is said, and the others are read: %j", async (row, refusal) => {
    const rows = await read(`user,picture\nauth0|a,a.jpg\n${row}\nauth0|z,z.jpg\n`);
    expect(rows.map((one) => one.refusal)).toEqual([undefined, refusal, undefined]);
    expect(rows[1]?.source).toBeUndefined();
  });

  it("names a picture in the table's folder, with slashes of either kind", async () => {
    const rows = await read(
      "user,picture\nauth0|a,a/b.jpg\nauth0|b,.\\a\\..\\b.jpg\nauth0|c,..jpg\nauth0|d,HTTPS://a.b/c",
    );
    const { folder } = tables;
    expect(rows.map(({ source }) => source)).toEqual([
      { file: join(folder, "a/b.jpg"), within: folder },
      { file: join(folder, "b.jpg"), within: folder },
      { file: join(folder, "..jpg"), within: folder },
      { url: "HTTPS://a.b/c" },
    ]);
  });

  it("is each of a user who is there twice, however the address is written", async () => {
    const rows = await seen(
      "user,picture\nauth0|a,1.jpg\nA@example.com,2.jpg\nauth0|A,3.jpg\na@Example.com,4.jpg\nauth0|a,5.jpg\nauth0|a,../6.jpg",
    );
    const refusal = (places: string) => `The user has more than one picture here (${places}). Leave one of them.`;
    expect(rows.map(([, , text]) => text)).toEqual([
      refusal("line 2, line 6"),
      refusal("line 3, line 5"),
      "3.jpg",
      refusal("line 3, line 5"),
      refusal("line 2, line 6"),
      "The picture's path leads out of the table's folder. Put the picture into it.",
    ]);
  });
});

it("reads as far as its reader does", async () => {
  const path = tables.write("large.csv", "user,picture\n");
  const count = 20_000;
  const row = (index: number) => `auth0|${index},${"x".repeat(60)}.jpg`;
  tables.write("large.csv", `user,picture\n${Array.from({ length: count }, (_, index) => row(index)).join("\n")}`);
  const source = await openImportSource(path);
  expect(source.total).toBe(count);
  let first: string | undefined;
  // Whoever ends early closes the file.
  for await (const { user } of source.rows()) {
    first = user;
    break;
  }
  expect(first).toBe("auth0|0");
});
