// The ActivityPub side: who lives here, how they are found, and what is done with what arrives.
// Fedify checks signatures, digests, dates and key owners; nothing here turns any of that off.

import {
  createExponentialBackoffPolicy,
  createFederation,
  InProcessMessageQueue,
  MemoryKvStore,
} from "@fedify/fedify";
import * as vocab from "@fedify/vocab";
import { Temporal } from "@js-temporal/polyfill";
import { listen } from "./inbox.mjs";

export const KNOCKS = {
  cavage: "draft-cavage-http-signatures-12",
  rfc9421: "rfc9421",
};

/** One federation per way of knocking first; the first of them also answers requests. */
export function createFederations(world, { url, secure }) {
  return Object.fromEntries(
    Object.entries(KNOCKS).map(([knock, spec]) => {
      const kv = new MemoryKvStore();
      const federation = createFederation({
        kv,
        queue: new InProcessMessageQueue({ pollInterval: { milliseconds: 50 } }),
        origin: url,
        allowPrivateAddress: true, // every server of a test is on the loopback interface
        firstKnock: spec,
        circuitBreaker: false,
        outboxRetryPolicy: createExponentialBackoffPolicy({
          initialDelay: Temporal.Duration.from({ milliseconds: 300 }),
          maxAttempts: 8,
        }),
        onOutboxError: (error, activity) => {
          world.errors.push({ where: "outbox", activity: activity?.id?.href, error: `${error}` });
        },
      });
      furnish(federation, world, secure);
      return [knock, { federation, kv }];
    }),
  );
}

function furnish(federation, world, secure) {
  // In secure mode nobody reads anything without a signature (authorized fetch).
  const mayRead = async (ctx) => !secure || (await ctx.getSignedKeyOwner()) !== null;

  federation
    .setActorDispatcher("/users/{identifier}", async (ctx, identifier) => {
      const person = world.people.get(identifier);
      return person ? await describePerson(ctx, person) : null;
    })
    .setKeyPairsDispatcher(async (_ctx, identifier) =>
      world.people.has(identifier) ? await world.person(identifier).keyPairs() : [],
    )
    .authorize(mayRead);

  federation
    .setObjectDispatcher(vocab.Note, "/users/{identifier}/notes/{id}", (ctx, { identifier, id }) => {
      const note = world.people.get(identifier)?.notes.get(id);
      if (!note) return null;
      return note.deletedAt ? new vocab.Tombstone({ id: new URL(note.uri), deleted: note.deletedAt }) : describeNote(ctx, note);
    })
    .authorize(mayRead);

  federation
    .setFollowersDispatcher("/users/{identifier}/followers", (_ctx, identifier) => ({
      items: [...world.person(identifier).followers.values()],
    }))
    .setCounter((_ctx, identifier) => world.person(identifier).followers.size);

  federation
    .setFollowingDispatcher("/users/{identifier}/following", (_ctx, identifier) => ({
      items: [...world.person(identifier).following]
        .filter(([, one]) => one.state === "accepted")
        .map(([uri]) => new URL(uri)),
    }))
    .setCounter((_ctx, identifier) => world.person(identifier).following.size);

  federation.setOutboxDispatcher("/users/{identifier}/outbox", (ctx, identifier) => ({
    items: [...world.person(identifier).notes.values()]
      .filter((note) => note.isPublic && !note.deletedAt)
      .map((note) => describeCreate(ctx, note)),
  }));

  federation.setFeaturedDispatcher("/users/{identifier}/featured", () => ({ items: [] }));

  federation.setNodeInfoDispatcher("/nodeinfo/2.1", () => ({
    software: { name: "fedify-for-tests", version: "1.0.0" },
    protocols: ["activitypub"],
    usage: { users: { total: world.people.size }, localPosts: 0, localComments: 0 },
  }));

  listen(federation.setInboxListeners("/users/{identifier}/inbox", "/inbox"), world);
}

async function describePerson(ctx, person) {
  const keys = await ctx.getActorKeyPairs(person.name);
  return new vocab.Person({
    id: ctx.getActorUri(person.name),
    preferredUsername: person.name,
    name: person.name,
    summary: "<p>Lives on another server.</p>",
    url: ctx.getActorUri(person.name),
    inbox: ctx.getInboxUri(person.name),
    outbox: ctx.getOutboxUri(person.name),
    followers: ctx.getFollowersUri(person.name),
    following: ctx.getFollowingUri(person.name),
    endpoints: new vocab.Endpoints({ sharedInbox: ctx.getInboxUri() }),
    manuallyApprovesFollowers: person.locked,
    aliases: person.aliases.map((uri) => new URL(uri)),
    featured: ctx.getFeaturedUri(person.name),
    publicKey: keys[0].cryptographicKey,
    assertionMethods: keys.map((pair) => pair.multikey),
  });
}

/** A note as ActivityPub, from what `control.mjs` keeps of it. */
export function describeNote(ctx, note) {
  return new vocab.Note({
    id: new URL(note.uri),
    attribution: ctx.getActorUri(note.author),
    content: note.content,
    published: note.published,
    updated: note.updated,
    replyTarget: note.inReplyTo ? new URL(note.inReplyTo) : null,
    url: new URL(note.uri),
    tos: note.to.map((uri) => new URL(uri)),
    ccs: note.cc.map((uri) => new URL(uri)),
    tags: note.mentions.map((one) => new vocab.Mention({ href: new URL(one.uri), name: one.name })),
  });
}

/** The activity that announces `note`. */
export function describeCreate(ctx, note) {
  return new vocab.Create({
    id: new URL(`${note.uri}/create`),
    actor: ctx.getActorUri(note.author),
    object: describeNote(ctx, note),
    published: note.published,
    tos: note.to.map((uri) => new URL(uri)),
    ccs: note.cc.map((uri) => new URL(uri)),
  });
}
