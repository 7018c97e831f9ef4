// The version of a Pulumi SDK that is installed, as its provider's plugin has it too.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

export const sdkVersion = (sdk: string) => (require(`${sdk}/package.json`) as { version: string }).version;
