// Keeps all files of the page, so that it works without a network, and gives them the headers that isolate it from other origins, which servers
// of static files often cannot.
declare const __FILES__: { readonly version: string; readonly names: readonly string[] };

/** What is used of a service worker's scope; its types do not go with those of pages. */
interface Scope {
  readonly registration: { readonly scope: string };
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate', listener: (event: Extendable) => void): void;
  addEventListener(type: 'fetch', listener: (event: Fetched) => void): void;
}
interface Extendable {
  waitUntil(done: Promise<void>): void;
}
interface Fetched {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}

const worker = globalThis as unknown as Scope;
const { version, names } = __FILES__;
const PREFIX = 'lowbit-demo-';
const CACHE = PREFIX + version;

worker.addEventListener('install', (event) => event.waitUntil(keep()));
worker.addEventListener('activate', (event) => event.waitUntil(begin()));
worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const isOurs = request.method === 'GET' && request.url.startsWith(worker.registration.scope);
  if (isOurs) event.respondWith(answer(request));
});

async function keep(): Promise<void> {
  const cache = await caches.open(CACHE);
  await cache.addAll(names.map((name) => new Request(name, { cache: 'reload' })));
  await worker.skipWaiting();
}

/** Forgets the files of earlier versions. */
async function begin(): Promise<void> {
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await worker.clients.claim();
}

async function answer(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  const name = request.mode === 'navigate' ? 'index.html' : request;
  const kept = await cache.match(name, { ignoreSearch: true, ignoreVary: true });
  return isolated(kept ?? (await fetch(request)));
}

function isolated(response: Response): Response {
  if (response.status === 0) return response;
  const { status, statusText } = response;
  const headers = new Headers(response.headers);
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
  return new Response(response.body, { status, statusText, headers });
}
