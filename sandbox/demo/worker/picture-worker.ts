// The service worker that stands in for DNS: what a page asks of a host that is not this machine, such as a picture by
// the URL in a claim, the demo's server fetches from the sandbox's edge. No request leaves the machine.

declare const self: ServiceWorkerGlobalScope;

/** The demo's server says it; another server that has come to the same port does not. */
const marker = "x-picture-demo";

self.addEventListener("install", () => void self.skipWaiting());

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// A page that was loaded by a hard reload is not controlled, and asks to be.
self.addEventListener("message", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  if (new URL(event.request.url).hostname === "localhost") return;
  event.respondWith(relayed(event.request));
});

async function relayed({ url }: Request): Promise<Response> {
  const response = await fetch(`/demo/edge?url=${encodeURIComponent(url)}`, { cache: "no-store" }).catch(() => null);
  if (response?.headers.has(marker)) return response;
  // The demo is gone. If another server answers here, this worker is not for its pages.
  if (response) await self.registration.unregister();
  return Response.error();
}

export {};
