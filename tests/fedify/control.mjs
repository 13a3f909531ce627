// What a test asks this server to do, as small JSON calls on a port of its own.
// Every call takes `as` (who here does it) and `knock` ("cavage" or "rfc9421": which signature is
// tried first), and answers once the other server has answered.

import { signRequest } from "@fedify/fedify";
import * as vocab from "@fedify/vocab";
import { Temporal } from "@js-temporal/polyfill";
import { describeCreate, describeNote, KNOCKS } from "./federation.mjs";
import { answer } from "./inbox.mjs";

const NOW = { immediate: true }; // no queue: the test hears whether it was accepted
const CONTEXT = [
  "https://www.w3.org/ns/activitystreams",
  {
    EmojiReact: "http://litepub.social/ns#EmojiReact",
    QuoteRequest: "https://w3id.org/fep/044f#QuoteRequest",
  },
];
const PUBLIC = vocab.PUBLIC_COLLECTION.href;

export const CALLS = {
  async follow({ ctx, person, target }) {
    const them = await lookUp(ctx, person, target);
    const follow = new vocab.Follow({ ...head(ctx, person, "follow"), object: them.id, to: them.id });
    person.following.set(them.id.href, { follow, state: "asked" });
    return await send(ctx, person, them, follow);
  },

  async unfollow({ ctx, person, target }) {
    const them = await lookUp(ctx, person, target);
    const { follow } = person.following.get(them.id.href);
    person.following.delete(them.id.href);
    return await send(ctx, person, them, undoing(ctx, person, follow));
  },

  async accept({ ctx, person, target }) {
    await answer(ctx, person, target, vocab.Accept, NOW);
  },

  async reject({ ctx, person, target }) {
    await answer(ctx, person, target, vocab.Reject, NOW);
  },

  lock({ person, on }) {
    person.locked = on;
  },

  /** Write a note. `audience`: "public" (the default), "followers", or "direct" to `mention`. */
  async post({ ctx, person, content, audience = "public", mention = [], inReplyTo = null }) {
    const mentioned = await Promise.all(mention.map((uri) => lookUp(ctx, person, uri)));
    const parent = inReplyTo ? await lookUp(ctx, person, inReplyTo) : null;
    const author = parent ? await lookUp(ctx, person, parent.attributionId) : null;
    if (author && !mentioned.some((one) => one.id.href === author.id.href)) mentioned.push(author);
    const followers = ctx.getFollowersUri(person.name).href;
    const direct = mentioned.map((one) => one.id.href);
    const id = ctx.data.world.nextId();
    const note = {
      uri: ctx.getObjectUri(vocab.Note, { identifier: person.name, id }).href,
      author: person.name,
      content,
      published: Temporal.Now.instant(),
      updated: null,
      deletedAt: null,
      inReplyTo,
      isPublic: audience === "public",
      to: { public: [PUBLIC], followers: [followers], direct: [] }[audience].concat(direct),
      cc: audience === "public" ? [followers] : [],
      mentions: mentioned.map((one) => ({
        uri: one.id.href,
        name: `@${one.preferredUsername}@${one.id.host}`,
      })),
      recipients: mentioned,
      toFollowers: audience !== "direct",
    };
    person.notes.set(id, note);
    const create = describeCreate(ctx, note);
    await spread(ctx, person, note, create);
    return { id: create.id.href, object: note.uri };
  },

  async reply(call) {
    return await CALLS.post({ ...call, inReplyTo: call.object });
  },

  async edit({ ctx, person, object, content }) {
    const note = own(person, object);
    note.content = content;
    note.updated = Temporal.Now.instant();
    const update = new vocab.Update({
      ...head(ctx, person, "update"),
      object: describeNote(ctx, note),
      tos: note.to.map((uri) => new URL(uri)),
      ccs: note.cc.map((uri) => new URL(uri)),
    });
    await spread(ctx, person, note, update);
    return { id: update.id.href };
  },

  async delete({ ctx, person, object }) {
    const note = own(person, object);
    note.deletedAt = Temporal.Now.instant();
    const gone = new vocab.Delete({
      ...head(ctx, person, "delete"),
      object: new vocab.Tombstone({ id: new URL(note.uri) }),
      tos: note.to.map((uri) => new URL(uri)),
      ccs: note.cc.map((uri) => new URL(uri)),
    });
    await spread(ctx, person, note, gone);
    return { id: gone.id.href };
  },

  async like({ ctx, person, object }) {
    const { author } = await withAuthor(ctx, person, object);
    const like = new vocab.Like({ ...head(ctx, person, "like"), object: new URL(object) });
    return await send(ctx, person, author, like);
  },

  async announce({ ctx, person, object }) {
    const { author } = await withAuthor(ctx, person, object);
    const announce = new vocab.Announce({
      ...head(ctx, person, "announce"),
      object: new URL(object),
      published: Temporal.Now.instant(),
      to: vocab.PUBLIC_COLLECTION,
      ccs: [author.id, ctx.getFollowersUri(person.name)],
    });
    return await send(ctx, person, [author, ...person.followers.values()], announce);
  },

  /** Say that accounts elsewhere, or here, are this person's too. */
  claim({ person, aliases }) {
    person.aliases = aliases;
  },

  /** Do any other activity: `document` without id and actor, sent to the owner of `target`. */
  async perform({ ctx, person, document, target }) {
    const them = await lookUp(ctx, person, target);
    const { id, actor } = head(ctx, person, document.type.toLowerCase());
    const whole = {
      "@context": CONTEXT,
      id: id.href,
      actor: actor.href,
      ...document,
    };
    const activity = await vocab.Activity.fromJsonLd(whole, ctx);
    const recipients = [them, ...person.followers.values()];
    return await send(ctx, person, recipients, activity);
  },

  /** Take back an activity sent by `like`, `announce` … (`activity` is the id it answered). */
  async undo({ ctx, person, activity }) {
    const { done, recipients } = person.sent.get(activity);
    return await send(ctx, person, recipients, undoing(ctx, person, done));
  },

  /** Sign any `document` and POST it to `inbox`; answers the status, whatever it is. */
  async raw({ ctx, person, inbox, document, knock }) {
    const [pair] = await ctx.getActorKeyPairs(person.name);
    const request = new Request(inbox, {
      method: "POST",
      headers: { "Content-Type": "application/activity+json" },
      body: JSON.stringify(document),
    });
    const signed = await signRequest(request, pair.privateKey, pair.keyId, { spec: KNOCKS[knock] });
    const response = await fetch(signed, { redirect: "manual" });
    return { status: response.status, body: await response.text() };
  },

  /** GET `uri` with this person's signature; answers the document. */
  async fetch({ ctx, person, uri }) {
    const loader = await ctx.getDocumentLoader({ identifier: person.name });
    return (await loader(uri)).document;
  },
};

/** Do one call: find who does it and how it is signed, then let CALLS do the rest. */
export async function carryOut(name, wish, { federations, world, url }) {
  const knock = wish.knock ?? "cavage";
  const ctx = federations[knock].federation.createContext(new URL(url), { world });
  const result = await CALLS[name]({ ...wish, knock, ctx, person: world.person(wish.as) });
  return result ?? {};
}

/** Which signature each server was found to understand, per federation. */
export async function agreements(federations) {
  const found = {};
  for (const [knock, { kv }] of Object.entries(federations)) {
    found[knock] = {};
    for await (const { key, value } of kv.list(["_fedify", "httpMessageSignaturesSpec"])) {
      found[knock][key.at(-1)] = value;
    }
  }
  return found;
}

function head(ctx, person, kind) {
  const actor = ctx.getActorUri(person.name);
  return { id: new URL(`#${kind}/${ctx.data.world.nextId()}`, actor), actor };
}

function undoing(ctx, person, activity) {
  return new vocab.Undo({ ...head(ctx, person, "undo"), object: activity });
}

async function send(ctx, person, recipients, activity) {
  person.sent.set(activity.id.href, { done: activity, recipients });
  await ctx.sendActivity({ identifier: person.name }, recipients, activity, NOW);
  return { id: activity.id.href };
}

async function spread(ctx, person, note, activity) {
  const followers = note.toFollowers ? [...person.followers.values()] : [];
  const recipients = new Map([...note.recipients, ...followers].map((one) => [one.id.href, one]));
  await ctx.sendActivity({ identifier: person.name }, [...recipients.values()], activity, NOW);
}

async function lookUp(ctx, person, uri) {
  const documentLoader = await ctx.getDocumentLoader({ identifier: person.name });
  const found = await ctx.lookupObject(new URL(uri), { documentLoader });
  if (found === null) throw new Error(`${uri} cannot be fetched, or is not what it says`);
  return found;
}

async function withAuthor(ctx, person, object) {
  const found = await lookUp(ctx, person, object);
  return { found, author: await lookUp(ctx, person, found.attributionId) };
}

function own(person, uri) {
  const note = [...person.notes.values()].find((one) => one.uri === uri);
  if (!note) throw new Error(`${person.name} did not write ${uri}`);
  return note;
}
