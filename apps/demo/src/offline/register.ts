/// <reference types="vite/client" />

/** Lets the service worker keep the page, where there is one: what is built has it, and secure origins. */
export function registerWorker(say: (text: string) => void): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  navigator.serviceWorker
    .register('./service-worker.js')
    .then(() => navigator.serviceWorker.ready)
    .then(
      () => say('The page is kept here: it works without a network from now on.'),
      (error: Error) => say(`The page needs its network: ${error.message}`),
    );
}
