// The console's routes: what the tenant has, and changes of it.
import type { FastifyInstance } from "fastify";
import type { DeployedStack } from "../deployed-stack.ts";
import type { Tenant } from "../tenant/tenant.ts";
import { applyChange, changeSchema } from "./changes.ts";
import { loginView, readConnections, readPeople } from "./console-state.ts";
import type { Change, ChangeResult, ConsoleState, LoginView } from "./console-types.ts";
import type { RecordedManagement } from "./management-calls.ts";
import type { PictureRelay } from "./picture-relay.ts";
import { RefusedCallError } from "./refused-call.ts";

export interface ConsoleSources extends RecordedManagement {
  readonly tenant: Tenant;
  readonly stack: DeployedStack;
  readonly relay: PictureRelay;
}

export function registerConsole(app: FastifyInstance, sources: ConsoleSources): void {
  const { tenant, stack, relay, management } = sources;
  const read = async () => {
    const connections = await readConnections(management);
    return { connections, people: await readPeople(tenant, management, connections, stack) };
  };

  app.get("/demo/api/console", async (): Promise<ConsoleState> => {
    const { data: bindings } = await management.actions.triggers.bindings.list("post-login");
    const flow = bindings.map(({ display_name }) => display_name ?? "");
    const { pictureBaseUrl, defaultPictureUrl } = stack;
    return { pictureBaseUrl, defaultPictureUrl, flow, ...(await read()), served: relay.served };
  });

  app.get<{ Querystring: { user?: string } }>("/demo/api/login", async ({ query }): Promise<LoginView> => {
    const login = tenant.lastLogins.get(query.user ?? "");
    if (!login) throw new RefusedCallError(404, "The tenant remembers no login of this user.");
    return loginView(login, stack);
  });

  app.post<{ Body: Change }>(
    "/demo/api/change",
    { schema: { body: changeSchema } },
    async ({ body }): Promise<ChangeResult> => {
      const { people } = await read();
      const person = people.find(({ key }) => key === body.key);
      if (!person) throw new RefusedCallError(404, "There is no such person any more.");
      return applyChange(sources, person, body);
    },
  );
}
