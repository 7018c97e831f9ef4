// Typed lint. Its two rules that matter most here: an Output in a template string and a floating promise are errors.
import js from "@eslint/js";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

// Longer may be a row that is read as one of a table, and what nothing can break: a URL, a pattern, an import's path.
const maxLength = {
  code: 120,
  ignoreUrls: true,
  ignoreRegExpLiterals: true,
  ignorePattern: "// prettier-ignore$|^import .* from ",
};

export default defineConfig(
  globalIgnores(["**/dist/", ".sandbox/", "examples/typescript/"]),
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  js.configs.recommended,
  // Prettier breaks code at 120 columns, and leaves comments and strings as they are.
  { rules: { "max-len": ["error", maxLength] } },
  // A test's title, and a message in an inline snapshot, are on one line each.
  {
    files: ["test/**"],
    rules: { "max-len": ["error", { ...maxLength, ignoreStrings: true, ignoreTemplateLiterals: true }] },
  },
  { files: ["examples/commonjs/**"], languageOptions: { sourceType: "commonjs" } },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      // Leaving a property out of a copy names it.
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true }],
      "@typescript-eslint/no-unnecessary-condition": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      // What implements an async contract, such as Auth0's handler, is async also where it awaits nothing.
      "@typescript-eslint/require-await": "off",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
    },
  },
);
