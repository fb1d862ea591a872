/**
 * The page without a network: a service worker that holds one version of its files, all of them, and answers from those.
 *
 * Which files, `www/offline.mjs` writes above this script when the page is built, with a hash of each: a version is complete
 * and of one build, or is not used. Another version waits until the page begins anew in its only tab (./page.ts), so that a
 * page that runs never meets files of two builds.
 */
interface Worker {
  /** Names and SHA-256 hashes (hexadecimal). */
  pageFiles?: [name: string, hash: string][];
  readonly registration: { readonly scope: string };
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(kind: "install" | "activate", hear: (event: Extendable) => void): void;
  addEventListener(kind: "fetch", hear: (event: FetchEvent) => void): void;
  addEventListener(kind: "message", hear: (event: Extendable & MessageEvent) => void): void;
}

interface Extendable extends Event {
  waitUntil(until: Promise<unknown>): void;
}

interface FetchEvent extends Extendable {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}

const worker = globalThis as unknown as Worker;
const files = new Map(worker.pageFiles);
const { scope } = worker.registration;
/** Other pages of this origin, and other versions of this one in other folders, have caches of their own. */
const mine = `kube-playground ${scope} `;

async function sha256(bytes: BufferSource | string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** This version's cache. */
async function own(): Promise<Cache> {
  return caches.open(mine + (await sha256([...files].join())));
}

/** The response if it is what this version has under a name. */
async function checked(response: Response | undefined, hash: string): Promise<Response | undefined> {
  if (!response?.ok) return undefined;
  const bytes = await response.arrayBuffer();
  // Made anew: one that was redirected may not answer a navigation.
  return (await sha256(bytes)) === hash ? new Response(bytes, { headers: response.headers }) : undefined;
}

async function fill(): Promise<void> {
  const cache = await own();
  await Promise.all(
    [...files].map(async ([name, hash]) => {
      const url = new URL(name, scope).href;
      if (await cache.match(url)) return;
      // What did not change since the last version is here already.
      const here = await caches.match(url).then((it) => checked(it, hash));
      const found = here ?? (await checked(await fetch(url, { cache: "no-cache" }), hash)) ?? (await checked(await fetch(url, { cache: "reload" }), hash));
      if (!found) throw new Error(`${name} is of another version`);
      await cache.put(url, found);
    }),
  );
}

async function forgetOthers(): Promise<void> {
  const current = mine + (await sha256([...files].join()));
  const others = (await caches.keys()).filter((name) => name.startsWith(mine) && name !== current);
  await Promise.all(others.map((name) => caches.delete(name)));
}

async function answer(name: string, request: Request): Promise<Response> {
  const cached = files.has(name) ? await (await own()).match(new URL(name, scope).href) : undefined;
  if (cached) return cached;
  try {
    return await fetch(request);
  } catch (error) {
    const page = request.mode === "navigate" && !name.includes("/") ? await (await own()).match(new URL("index.html", scope).href) : undefined;
    if (page) return page;
    throw error;
  }
}

worker.addEventListener("install", (event) => event.waitUntil(fill()));
worker.addEventListener("activate", (event) => event.waitUntil(forgetOthers().then(() => worker.clients.claim())));
worker.addEventListener("message", (event) => {
  // The page that says so has seen to it that no other runs.
  if (event.data === "take over") event.waitUntil(worker.skipWaiting());
});
worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  const here = `${url.origin}${url.pathname}`;
  if (request.method !== "GET" || !here.startsWith(scope)) return;
  const name = decodeURIComponent(here.slice(scope.length)) || "index.html";
  if (files.has(name) || request.mode === "navigate") event.respondWith(answer(name, request));
});
