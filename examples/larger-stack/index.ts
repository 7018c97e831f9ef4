// Two brands of one company in one Auth0 tenant: an application and a picture store for each, the staff's own
// connection, social connections that other teams have set up, a business customer, and an Action of the company's own.
import * as auth0 from "@pulumi/auth0";
import * as pulumi from "@pulumi/pulumi";
import { ConnectionSync, PicturesOnDestroy, SetUserRootAttributes, UserPictures } from "auth0-user-pictures";

const addPlan = `exports.onExecutePostLogin = async (event, api) => {
  api.idToken.setCustomClaim("https://example.com/plan", event.user.app_metadata?.plan ?? "free");
};
`;

interface Staff {
  issuer: string;
  clientId: string;
}

export default async function program() {
  const config = new pulumi.Config();
  const picturesOnDestroy = config.get<PicturesOnDestroy>("picturesOnDestroy") ?? PicturesOnDestroy.Protect;

  // Connections. One that the program creates has its setting in its own options, and no ConnectionSync.
  const staff = new auth0.Connection("staff", {
    name: "staff",
    strategy: "oidc",
    options: {
      ...config.requireObject<Staff>("staff"),
      type: "back_channel",
      scopes: ["openid", "profile", "email"],
      setUserRootAttributes: SetUserRootAttributes.OnFirstLogin,
    },
  });
  const social = config.requireObject<string[]>("socialConnections").map(
    (connectionName) =>
      new ConnectionSync(connectionName, {
        connectionName,
        setUserRootAttributes: SetUserRootAttributes.OnFirstLogin,
      }),
  );
  const connections = [staff.id, ...social.map(({ connectionId }) => connectionId)];

  // The login flow. Auth0 has no lock on it, so each binding is made after the one before.
  const plan = boundAction("plan", "Add plan", addPlan);
  const acorn = new UserPictures("acorn", {
    store: { picturesOnDestroy },
    defaultPictures: { general: { file: "pictures/acorn.png" } },
    action: { name: "Pictures of Acorn", entry: "actions/acorn.ts", after: [plan] },
  });
  const birch = new UserPictures(
    "birch",
    {
      store: { picturesOnDestroy },
      defaultPictures: {
        general: { file: "pictures/birch.png" },
        byOrganization: { globex: { file: "pictures/globex.png" } },
      },
      action: { name: "Pictures of Birch", entry: "actions/birch.ts" },
    },
    { dependsOn: acorn },
  );

  // Applications, each with the brand that the Actions ask for.
  const acornApp = application("acorn", config.require("acornUrl"), connections);
  const birchApp = application("birch", config.require("birchUrl"), connections, { organizationUsage: "allow" });

  // A business customer of Birch, whose people log in by any of the connections.
  const globex = new auth0.Organization("globex", { name: "globex", displayName: "Globex Corporation" });
  for (const [index, connectionId] of connections.entries())
    new auth0.OrganizationConnection(`globex-${index}`, {
      organizationId: globex.id,
      connectionId,
      assignMembershipOnLogin: true,
    });

  return {
    acornClientId: acornApp.clientId,
    acornPictures: acorn.pictureBaseUrl,
    acornDefaultPicture: acorn.defaultPictureUrl,
    birchClientId: birchApp.clientId,
    birchPictures: birch.pictureBaseUrl,
    birchDefaultPicture: birch.defaultPictureUrl,
    globexId: globex.id,
    globexDefaultPicture: birch.store?.organizationDefaultPictureUrls.apply((urls) => urls["globex"]),
  };
}

function boundAction(name: string, displayName: string, code: string): auth0.TriggerAction {
  const action = new auth0.Action(name, {
    name: displayName,
    code,
    runtime: "node22",
    supportedTriggers: { id: "post-login", version: "v3" },
    deploy: true,
  });
  return new auth0.TriggerAction(name, { trigger: "post-login", actionId: action.id, displayName });
}

/** A brand's single-page application, which users of all these connections may log in to. */
function application(
  brand: string,
  url: string,
  connections: readonly pulumi.Input<string>[],
  more: Partial<auth0.ClientArgs> = {},
): auth0.Client {
  const client = new auth0.Client(brand, {
    name: brand,
    appType: "spa",
    callbacks: [`${url}/callback`],
    grantTypes: ["authorization_code"],
    clientMetadata: { brand },
    oidcConformant: true,
    ...more,
  });
  for (const [index, connectionId] of connections.entries())
    new auth0.ConnectionClient(`${brand}-${index}`, { connectionId, clientId: client.clientId });
  return client;
}
