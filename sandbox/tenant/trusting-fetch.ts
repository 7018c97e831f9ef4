// A `fetch` for clients of the tenant, which trusts its certificate authority and no other.
import { Agent, fetch as fetchWith } from "undici";
import type { RequestInit as UndiciRequestInit } from "undici";

/** @param ca PEM */
export function trustingFetch(ca: string): { readonly fetch: typeof fetch; close(): Promise<void> } {
  const dispatcher = new Agent({ connect: { ca } });
  return {
    fetch: (async (input: string | URL | Request, init?: UndiciRequestInit) => {
      if (!(input instanceof Request)) return fetchWith(input, { ...(await withEncodedForm(init)), dispatcher });
      // Node's own class of requests is not that of undici.
      const { url, method, headers, redirect, signal } = input;
      const body = input.body === null ? {} : { body: await input.arrayBuffer() };
      const request = { method, headers: [...headers], redirect, signal, ...body };
      return fetchWith(url, { ...request, ...init, dispatcher });
    }) as unknown as typeof fetch,
    close: () => dispatcher.close(),
  };
}

/** Node's own class of forms is not that of undici either. */
async function withEncodedForm(init: UndiciRequestInit = {}): Promise<UndiciRequestInit> {
  const form: unknown = init.body;
  if (!(form instanceof FormData)) return init;
  const encoded = new Response(form);
  const headers = new Headers(init.headers);
  headers.set("content-type", encoded.headers.get("content-type") ?? "");
  return { ...init, headers: [...headers], body: await encoded.arrayBuffer() };
}
