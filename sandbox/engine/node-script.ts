// Shell scripts that start a program of Pulumi's Node SDK. The engine starts such programs by a file name of its own;
// the official CLI brings these files along, an engine that was built from its Go module does not.

/**
 * The script that starts `@pulumi/pulumi/cmd/<command>`, as found from the program's folder. It ends if there is no
 * such file, because `node ""` would wait for a program on standard input.
 */
export const nodeScript = (command: "dynamic-provider" | "run-policy-pack") => `#!/bin/sh
script=$(node -e "console.log(require.resolve('@pulumi/pulumi/cmd/${command}'))")
test -n "$script" || exit 1
exec node "$script" "$@"
`;
