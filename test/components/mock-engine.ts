// Pulumi's mocks for component tests: what was registered, with its resolved inputs and its options.
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach } from "vitest";
import { computedOutputs, resultOf } from "./computed-outputs.ts";
import { untracedPromises } from "./untraced-promises.ts";

interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
  readonly options: pulumi.ResourceOptions;
  /** A dynamic resource's provider, as Pulumi writes it into the state. */
  readonly provider?: string;
}

/**
 * Mocks around each test of the file. `registered` and `failures` drain the engine, so that what they return is
 * complete: call them last.
 */
export function mockEngine() {
  let inputs: Map<string, Record<string, unknown>>;
  let providers: Map<string, string>;
  let resources: Omit<Registered, "inputs" | "provider">[];

  untracedPromises();
  beforeEach(async () => {
    inputs = new Map();
    resources = [];
    providers = new Map();
    await pulumi.runtime.setMocks(
      {
        newResource: (args) => {
          const others = { ...(args.inputs as Record<string, unknown>) };
          const provider = others["__provider"];
          if (typeof provider === "string") providers.set(args.name, provider);
          delete others["__provider"];
          inputs.set(`${args.type} ${args.name}`, others);
          return { id: `${args.name}-id`, state: { ...others, ...computedOutputs(args.type, args.name) } };
        },
        call: ({ token, inputs: args }) => resultOf(token, args as Record<string, unknown>),
      },
      "auth0-user-pictures",
      "test",
      false,
    );
  });
  afterEach(() => pulumi.runtime.disconnect());

  return {
    /** Options to pass to the component under test: mocks are not told a resource's options, a transformation is. */
    recorded: {
      transformations: [
        ({ type, name, opts }) => {
          resources.push({ type, name, options: opts });
          return undefined;
        },
      ],
    } satisfies pulumi.ComponentResourceOptions,

    /**
     * The messages with which Outputs of a program fail, each once. Pulumi makes these unhandled rejections, which its
     * CLI listens for.
     */
    async failures(program: () => unknown): Promise<string[]> {
      const listeners = process.listeners("unhandledRejection");
      const messages = new Set<string>();
      process.removeAllListeners("unhandledRejection");
      process.on("unhandledRejection", (error) => messages.add(error instanceof Error ? error.message : String(error)));
      try {
        program();
        await pulumi.runtime.disconnect();
        // Node names a rejection once nothing else is left to do.
        await new Promise((resolve) => setImmediate(resolve));
      } finally {
        process.removeAllListeners("unhandledRejection");
        for (const listener of listeners) process.on("unhandledRejection", listener);
      }
      return [...messages].map((message) => message.replace(/^(?:error serializing property "[^"]*": )*/, ""));
    },

    /** The resources that a program declares, and that are never created, because of an input that fails. */
    uncreated: () => resources.filter(({ type, name }) => !inputs.has(`${type} ${name}`)).map(({ name }) => name),

    async registered(): Promise<Registered[]> {
      await pulumi.runtime.disconnect();
      return resources.map((resource) => ({
        ...resource,
        inputs: inputs.get(`${resource.type} ${resource.name}`) ?? {},
        ...(providers.has(resource.name) && { provider: providers.get(resource.name) ?? "" }),
      }));
    },
  };
}

/** Awaits an output's value. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}
