// Without the network, a page shows what was last at home. It is forgotten when one signs out.
"use strict";

const KEPT = "kept";
const PAGE = "/offline";
const ANEW = 10 * 60 * 1000;
const FILES = /"(\/(?:static|accent)\/[^"]+\.(?:css|svg))"/g;
let last = 0;

async function keep() {
  last = Date.now();
  const page = await fetch(PAGE, { credentials: "same-origin" });
  // Nobody is signed in here any more.
  if (!page.ok || page.redirected) return caches.delete(KEPT);
  const found = [...(await page.clone().text()).matchAll(FILES)].map((one) => one[1]);
  await caches.delete(KEPT);
  const kept = await caches.open(KEPT);
  await kept.addAll([...new Set(found)]);
  await kept.put(PAGE, page);
}

async function orKept(request, name) {
  try {
    return await fetch(request);
  } catch (lost) {
    return (await caches.match(name)) || Response.error();
  }
}

addEventListener("install", (event) => event.waitUntil(keep().then(() => skipWaiting())));
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  const { origin, pathname } = new URL(event.request.url);
  if (origin !== location.origin) return;
  if (event.request.method === "POST") {
    if (pathname === "/sign-out") event.waitUntil(caches.delete(KEPT));
  } else if (event.request.mode === "navigate") {
    event.respondWith(orKept(event.request, PAGE));
    if (pathname === "/home" && Date.now() - last > ANEW) event.waitUntil(keep().catch(() => {}));
  } else if (/^\/(static|accent)\//.test(pathname)) {
    event.respondWith(orKept(event.request, event.request));
  }
});
