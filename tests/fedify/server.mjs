// A remote ActivityPub server for the tests, written with Fedify: an implementation that shares
// no line with ours, so that two misunderstandings cannot agree with each other.
//
// Environment: FEDIFY_PORT, FEDIFY_CONTROL_PORT (0 or absent: any free one), FEDIFY_PEOPLE ("eva,finn"),
// FEDIFY_SECURE=1 (nothing may be read without a signature), FEDIFY_PROOFS=0 (its people have no
// Ed25519 keys and so prove nothing). Once it listens it prints one line of
// JSON: {"url", "control"}. It stops on SIGTERM and when its standard input closes.

import { createServer } from "node:http";
import { agreements, CALLS, carryOut } from "./control.mjs";
import { createFederations } from "./federation.mjs";
import { World } from "./world.mjs";

const HOST = "127.0.0.1";
const world = new World((process.env.FEDIFY_PEOPLE ?? "eva").split(","), {
  proves: process.env.FEDIFY_PROOFS !== "0",
});
let federations = null;
let url = null;

const fediverse = createServer(async (incoming, outgoing) => {
  const request = await toRequest(incoming, url);
  const body = incoming.method === "POST" ? await request.clone().text() : null;
  const response = await federations.cavage.federation.fetch(request, { contextData: { world } });
  if (body !== null) world.knocked.push({ path: incoming.url, status: response.status, body });
  await pass(response, outgoing);
});

const control = createServer(async (incoming, outgoing) => {
  let status = 200;
  let answer;
  try {
    const name = incoming.url.replace(/^\/control\//, "");
    if (incoming.method === "GET" && name === "state") {
      answer = { ...world.describe(), agreed: await agreements(federations) };
    } else if (incoming.method === "POST" && name in CALLS) {
      answer = await carryOut(name, JSON.parse(await read(incoming)), { federations, world, url });
    } else {
      status = 404;
      answer = { error: `no such call: ${name}` };
    }
  } catch (error) {
    status = 502;
    answer = { error: `${error?.message ?? error}`, detail: `${error?.stack}` };
  }
  await pass(Response.json(answer, { status }), outgoing);
});

const port = await listen(fediverse, process.env.FEDIFY_PORT);
const controlPort = await listen(control, process.env.FEDIFY_CONTROL_PORT);
url = `http://localhost:${port}`;
federations = createFederations(world, { url, secure: process.env.FEDIFY_SECURE === "1" });
for (const person of world.people.values()) await person.keyPairs();
console.log(JSON.stringify({ url, control: `http://${HOST}:${controlPort}/control` }));

process.on("SIGTERM", () => process.exit(0));
// Whoever started us is gone when this closes; nobody would stop us later.
process.stdin.on("end", () => process.exit(0)).resume();

function listen(server, wanted) {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(Number(wanted ?? 0), HOST, () => resolve(server.address().port));
  });
}

async function read(incoming) {
  const parts = [];
  for await (const part of incoming) parts.push(part);
  return Buffer.concat(parts);
}

async function toRequest(incoming, base) {
  const headers = new Headers();
  for (let at = 0; at < incoming.rawHeaders.length; at += 2) {
    headers.append(incoming.rawHeaders[at], incoming.rawHeaders[at + 1]);
  }
  const hasBody = incoming.method !== "GET" && incoming.method !== "HEAD";
  const body = hasBody ? await read(incoming) : undefined;
  return new Request(new URL(incoming.url, base), { method: incoming.method, headers, body });
}

async function pass(response, outgoing) {
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.end(Buffer.from(await response.arrayBuffer()));
}
