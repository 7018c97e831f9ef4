// /u/login: the page that asks who logs in, and its form. What asked for the login waits meanwhile.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { authenticate } from "../authenticate.ts";
import type { Authentication } from "../authenticate.ts";
import { isDatabase } from "../connections.ts";
import { OAuthError } from "../errors.ts";
import { leadsTo } from "../organization-login.ts";
import { newId, profilesOf } from "../tenant-state.ts";
import type { Application, Organization, State } from "../tenant-state.ts";
import { ExpiringMap } from "./expiring-map.ts";
import { parameters } from "./oauth-context.ts";
import type { OAuthContext, Parameters } from "./oauth-context.ts";
import { loginPage, sendPage } from "./pages.ts";
import type { LoginChoice } from "./pages.ts";

/** How long a person may look at the page. */
const waitingMs = 60 * 60 * 1000;
/** Of each connection; for the others there is a field. */
const listedUsers = 20;

/** What the page asks, for which application. */
export interface LoginQuestion {
  readonly client: Pick<Application, "name">;
  /** The only connection that is offered. @default all */
  readonly connection?: string | undefined;
  readonly loginHint?: string | undefined;
  /** Whose connections are offered. @default all */
  readonly organization?: Organization | undefined;
}

export interface LoginForm {
  /**
   * Sends the browser to the page.
   *
   * @param goOn takes the login up again, in the response to the form
   */
  ask(reply: FastifyReply, question: LoginQuestion, goOn: Continuation): FastifyReply;
}

type Continuation = (
  request: FastifyRequest,
  reply: FastifyReply,
  authentication: Authentication,
) => Promise<FastifyReply>;

export function registerLoginForm(app: FastifyInstance, { state }: OAuthContext): LoginForm {
  const waiting = new ExpiringMap<{ question: LoginQuestion; goOn: Continuation }>(waitingMs);

  const find = (id: string) => {
    const entry = waiting.get(id);
    if (entry) return entry;
    throw new OAuthError("invalid_request", "This login is over. Go back to the application and log in again.");
  };
  const show = (reply: FastifyReply, id: string, question: LoginQuestion, error?: string) => {
    const { client, loginHint, organization } = question;
    return sendPage(
      reply,
      loginPage({
        ...{ application: client.name, state: id, choices: choicesOf(state, question) },
        ...(loginHint !== undefined && { loginHint }),
        ...(organization && { organization: organization.display_name ?? organization.name }),
        ...(error !== undefined && { error }),
      }),
    );
  };

  app.get<{ Querystring: Parameters }>("/u/login", { schema: { querystring: parameters } }, (request, reply) => {
    const { state: id = "" } = request.query;
    return show(reply, id, find(id).question);
  });

  app.post<{ Body: Parameters }>("/u/login", { schema: { body: parameters } }, (request, reply) => {
    const { state: id = "", connection = "", login_hint = "" } = request.body;
    const { question, goOn } = find(id);
    // Another site must not log a person in as whom it likes.
    const { origin } = request.headers;
    if (origin !== undefined && origin !== `${request.protocol}://${request.host}`) {
      throw new OAuthError("invalid_request", "The login page is for a person, not for another site", 403);
    }
    let authentication;
    try {
      const isOffered = offeredBy(state, question).some(({ name }) => name === connection);
      if (!isOffered) throw new OAuthError("invalid_request", "the connection was not found");
      authentication = authenticate(state, connection, login_hint.trim());
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      return show(reply.code(error.statusCode), id, question, error.message);
    }
    waiting.delete(id);
    return goOn(request, reply, authentication);
  });

  return {
    ask(reply, question, goOn) {
      const id = newId(32);
      waiting.set(id, { question, goOn });
      return reply.redirect(`/u/login?state=${id}`);
    },
  };
}

/** The connections that lead to where the login goes, or the one that is asked for. */
const offeredBy = ({ connections }: State, { connection: asked, organization }: LoginQuestion) =>
  connections.filter(
    (connection) => (asked === undefined || connection.name === asked) && leadsTo(organization, connection),
  );

/** The connections that are offered, with the users that can log in by them. */
function choicesOf(state: State, question: LoginQuestion): LoginChoice[] {
  return offeredBy(state, question).map((connection) => {
    const all = isDatabase(connection)
      ? state.users.all
          .filter(({ identities }) => identities[0]?.connection === connection.name)
          .map(({ email, name = email }) => ({ hint: email, name, email }))
      : profilesOf(state, connection.name).map(({ sub, email, name = email }) => ({ hint: sub, name, email }));
    const users = all.slice(0, listedUsers);
    return { connection: connection.name, strategy: connection.strategy, users, others: all.length - users.length };
  });
}
