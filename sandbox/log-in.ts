// `node sandbox/log-in.ts EMAIL`, in a shell with the lines of `npm run sandbox`: logs a user in, as an application
// does, and prints the `picture` claim of the ID token. Who is not there yet signs up first.
import { readFileSync } from "node:fs";
import { ManagementClient } from "auth0";
import { LoginError, logIn } from "./tenant/login.ts";

const usage = `Usage: node sandbox/log-in.ts EMAIL

Logs a user of the sandbox's database in, who is made if there is none, and prints the picture claim of the ID token.
Its shell has the lines of \`npm run sandbox\`, or has read the file that they name.
`;

const connection = "Username-Password-Authentication";

const [email, ...others] = process.argv.slice(2);
const {
  AUTH0_DOMAIN: domain = "",
  AUTH0_CLIENT_ID: clientId = "",
  AUTH0_CLIENT_SECRET: clientSecret = "",
} = process.env;
const { NODE_EXTRA_CA_CERTS: trusted } = process.env;
// Only a sandbox is at this host, and so no real tenant gets a user.
const isSandbox = domain.startsWith("localhost:") && trusted !== undefined;
if (email === undefined || others.length > 0 || !email.includes("@") || !isSandbox) {
  process.stderr.write(usage);
  process.exit(2);
}

const management = new ManagementClient({ domain, clientId, clientSecret });
try {
  const found = await management.users.listUsersByEmail({ email });
  if (found.length === 0) await management.users.create({ connection, email, password: `${crypto.randomUUID()}-Aa1` });
  // The tenant's own, for logins.
  const { data: clients } = await management.clients.list({ app_type: "spa" });
  const application = clients.find(({ name }) => name === "Sandbox application");
  const { client_id: applicationId = "", callbacks: [redirectUri = ""] = [] } = application ?? {};
  const tenant = { issuer: `https://${domain}/`, application: { clientId: applicationId, redirectUri } };
  const ca = readFileSync(trusted, "utf8");
  const { claims } = await logIn(tenant, { connection, loginHint: email, ca });
  const { picture } = claims as { readonly picture?: string };
  process.stdout.write(`${picture ?? "no picture"}\n`);
} catch (error) {
  const isUnreachable = error instanceof TypeError && error.message === "fetch failed";
  if (!isUnreachable && !(error instanceof LoginError)) throw error;
  const unreachable = `No tenant is at ${domain}. A sandbox has another port at each start: read its file again.`;
  process.stderr.write(`${isUnreachable ? unreachable : error.message}\n`);
  process.exitCode = 1;
}
