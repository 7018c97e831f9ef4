// A request's schema is compiled when the first of its route comes. To compile those of all routes takes longer than
// all else of a tenant's start, and few tenants are asked for more than some of them.
import fastify from "fastify";
import type { FastifySchemaCompiler, FastifyServerOptions } from "fastify";

type Compiler = FastifySchemaCompiler<unknown>;
type Validate = ReturnType<Compiler>;

let shared: Promise<Compiler> | undefined;

/** For `setValidatorCompiler`. It refuses what Fastify's own refuses, in the same words. */
export async function lazyValidation(): Promise<Compiler> {
  const compile = await (shared ??= fastifysCompiler({
    // Auth0 refuses properties that its schema does not have, and converts no types.
    customOptions: { removeAdditional: false, coerceTypes: false },
  }));
  return (route) => {
    let compiled: Validate | undefined;
    const validate: Validate = (data) => {
      compiled ??= compile(route);
      const result = compiled(data);
      validate.errors = compiled.errors ?? null;
      return result;
    };
    return validate;
  };
}

/** Fastify shows it once it has made it, for a route with a schema. */
async function fastifysCompiler(ajv: NonNullable<FastifyServerOptions["ajv"]>): Promise<Compiler> {
  const app = fastify({ ajv });
  app.get("/", { schema: { querystring: { type: "object" } } }, () => "");
  await app.ready();
  const { validatorCompiler } = app;
  await app.close();
  if (validatorCompiler === undefined) throw new Error("Fastify has no compiler of schemas");
  return validatorCompiler;
}
