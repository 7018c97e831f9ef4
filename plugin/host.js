// The plugin's process: serves what schema.json beside this file lists, by the package that package.json names. A
// CommonJS module without newer syntax, so that a Node which is too old gets as far as to say so.
"use strict";
const { readFileSync } = require("fs");
const { join } = require("path");

const library = "auth0-user-pictures";
const own = JSON.parse(readFileSync(join(__dirname, "package.json"), "utf8"));
const install = `Run "npm install" in ${__dirname}, from where npm reaches a registry.`;

const oldest = own.engines.node.replace(">=", "").split(".").map(Number);
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < oldest[0] || (major === oldest[0] && minor < oldest[1]))
  end(
    `Node ${oldest.join(".")} or newer is needed, and ${process.execPath} is ${process.versions.node}. ` +
      `Install a newer one (https://nodejs.org), or put it first on the PATH.`,
  );

const wanted = own.dependencies[library];
const found = installedVersion();
if (found === undefined) end(`npm has not installed the package ${library} ${wanted}. ${install}`);
if (found !== wanted)
  end(`The plugin is of version ${wanted}, and the package ${library} that npm has installed is ${found}. ${install}`);

import(`${library}/plugin-host`)
  .then((host) => host.servePlugin(__dirname))
  .catch((error) => {
    const isMissing = error.code === "ERR_MODULE_NOT_FOUND" || error.code === "MODULE_NOT_FOUND";
    const [, missing] = (isMissing && /'([^']+)'/.exec(error.message)) || [];
    end(missing ? `npm has not installed all that it needs: ${missing} is missing. ${install}` : error.stack);
  });

function installedVersion() {
  try {
    const manifest = require.resolve(`${library}/package.json`, { paths: [__dirname] });
    return JSON.parse(readFileSync(manifest, "utf8")).version;
  } catch (error) {
    if (error.code === "MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}

/** The engine shows what is printed here. */
function end(message) {
  console.error(`${library} ${own.version}: ${message}`);
  process.exit(1);
}
