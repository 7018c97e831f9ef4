// A post-login Action's code holds no secret: whoever may read Actions in Auth0's dashboard, or the stack's preview,
// would read it.
import type { ResourceValidationPolicy } from "@pulumi/policy";
import { lineOf } from "./action-syntax.ts";
import { textsOf } from "./action-texts.ts";
import { listSetting } from "./config-schema.ts";
import type { ConfigOf } from "./config-schema.ts";
import { knownFormats } from "./known-secrets.ts";
import { validatePostLoginCode } from "./post-login-action.ts";
import { secretInComment, secretInText } from "./secret-words.ts";

const settings = {
  allowedLiterals: listSetting(
    "Literals that look like a secret and are none, such as a public client id, each whole.",
  ),
};

export const actionSecrets: ResourceValidationPolicy = {
  name: "action-secrets",
  description: "A post-login Action's code holds no secret.",
  severity: "critical",
  configSchema: { properties: settings },
  validateResource: validatePostLoginCode(async (code, args, reportViolation) => {
    const { allowedLiterals = [] } = args.getConfig<ConfigOf<typeof settings>>();
    const texts = textsOf(code);
    const formats = await knownFormats(code, texts);
    for (const literal of texts) {
      const { text, node } = literal;
      const kind = allowedLiterals.includes(text) ? undefined : (formats.get(node) ?? secretInText(literal));
      if (kind !== undefined)
        reportViolation(
          `${lineOf(node)}: "${text.slice(0, 4)}…" looks like ${kind}. ` +
            `Put it into the Action's secrets, and read event.secrets. If it is none, name it in allowedLiterals.`,
        );
    }
    for (const comment of code.comments) {
      const kind = formats.get(comment) ?? secretInComment(comment.value);
      if (kind !== undefined)
        reportViolation(`${lineOf(comment)}: a comment holds what looks like ${kind}. Take it out.`);
    }
  }),
};
