// Projects of consumers: the smallest program, in the kinds that Pulumi's Node host runs, and a company's package
// between the program and this one.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

export type Files = Readonly<Record<string, string | object>>;

export async function writeFiles(folder: string, files: Files): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const file = join(folder, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, typeof content === "string" ? content : JSON.stringify(content));
  }
}

const args = `{
  pictureBaseUrl: "https://pictures.example.com/",
  defaultPictures: { general: { url: "https://pictures.example.com/d/face.png" } },
  connections: { "google-oauth2": "on_first_login" },
}`;

/** Pulumi compiles TypeScript unless it is told not to. */
const project = (typescript: boolean) => ({
  name: "consumer",
  runtime: { name: "nodejs", options: { typescript } },
});

const manifest = (more: object) => ({ name: "consumer", private: true, ...more });

/** By what Pulumi's documentation calls them. */
export const programs = {
  commonJs: {
    "Pulumi.yaml": project(false),
    "package.json": manifest({ main: "index.js" }),
    "index.js": `const { UserPictures } = require("auth0-user-pictures");\nnew UserPictures("pictures", ${args});\n`,
  },
  esModule: {
    "Pulumi.yaml": project(false),
    "package.json": manifest({ main: "index.js", type: "module" }),
    "index.js": `import { UserPictures } from "auth0-user-pictures";\nnew UserPictures("pictures", ${args});\n`,
  },
  /** Node itself strips the types. */
  strippedTypes: {
    "Pulumi.yaml": project(false),
    "package.json": manifest({ main: "index.ts", type: "module" }),
    "index.ts": `import { UserPictures } from "auth0-user-pictures";
const name: string = "pictures";
export const { pictureBaseUrl } = new UserPictures(name, ${args});\n`,
  },
  /** A program that knows the company's package alone. */
  ofCompany: {
    "Pulumi.yaml": project(false),
    "package.json": manifest({ main: "index.js", type: "module", dependencies: { "@acme/platform": "1.0.0" } }),
    "index.js": `import { Login } from "@acme/platform";\nnew Login("login");\n`,
  },
} as const satisfies Readonly<Record<string, Files>>;

/** The company's package, which has a component of its own. */
export const companyPackage = {
  "package.json": {
    name: "@acme/platform",
    version: "1.0.0",
    type: "module",
    main: "index.js",
    dependencies: { "@pulumi/pulumi": "^3.270.0", "auth0-user-pictures": "*" },
  },
  "index.js": `import { ComponentResource } from "@pulumi/pulumi";
import { UserPictures } from "auth0-user-pictures";

export class Login extends ComponentResource {
  constructor(name, options) {
    super("acme:index:Login", name, {}, options);
    this.pictures = new UserPictures(\`\${name}-pictures\`, ${args}, { parent: this });
    this.registerOutputs();
  }
}
`,
} as const satisfies Files;
