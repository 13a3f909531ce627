// What arrives. Each activity was verified by Fedify before it comes here; on top of that an
// activity about an object must come from that object's author.

import * as vocab from "@fedify/vocab";

export function listen(inbox, world) {
  inbox
    .on(vocab.Follow, on(world, follow))
    .on(vocab.Undo, on(world, undo))
    .on(vocab.Accept, on(world, (_ctx, accept) => answered(world, accept, "accepted")))
    .on(vocab.Reject, on(world, (_ctx, reject) => answered(world, reject, "rejected")))
    .on(vocab.Create, on(world, (ctx, create) => remember(world, ctx, create)))
    .on(vocab.Update, on(world, (ctx, update) => remember(world, ctx, update)))
    .on(vocab.Delete, on(world, (_ctx, gone) => forget(world, gone)))
    .on(vocab.Activity, on(world, () => {}))
    .onError((_ctx, error) => {
      world.errors.push({ where: "inbox", error: `${error?.stack ?? error}` });
    })
    .onUnverifiedActivity(async (_ctx, activity, reason) => {
      world.unverified.push({ id: activity.id?.href, actor: activity.actorId?.href, reason: reason.type });
      // Returning nothing keeps the answer 401.
    })
    .setSharedKeyDispatcher(() => ({ identifier: world.person().name }))
    .withIdempotency("per-inbox");
}

function on(world, handle) {
  return async (ctx, activity) => {
    world.received.push({
      id: activity.id?.href ?? null,
      type: activity.constructor.name,
      actor: activity.actorId?.href ?? null,
      object: activity.objectId?.href ?? null,
      to: ctx.recipient ?? null, // whose inbox; null for the shared one
      document: await activity.toJsonLd(),
    });
    await handle(ctx, activity);
  };
}

async function follow(ctx, activity) {
  const target = ctx.parseUri(activity.objectId);
  if (target?.type !== "actor" || !ctx.data.world.people.has(target.identifier)) return;
  const person = ctx.data.world.person(target.identifier);
  const follower = await activity.getActor(ctx);
  if (follower === null) return;
  person.requests.set(follower.id.href, { follower, activity });
  if (!person.locked) await answer(ctx, person, follower.id.href, vocab.Accept);
}

/** Answer a follow request that waits, with `Kind` (Accept or Reject). */
export async function answer(ctx, person, follower, Kind, options = {}) {
  const request = person.requests.get(follower);
  if (!request) throw new Error(`${follower} did not ask to follow ${person.name}`);
  person.requests.delete(follower);
  if (Kind === vocab.Accept) {
    const { id, inboxId, endpoints } = request.follower;
    person.followers.set(follower, { id, inboxId, endpoints });
  }
  await ctx.sendActivity(
    { identifier: person.name },
    request.follower,
    new Kind({
      id: new URL(`#answers/${ctx.data.world.nextId()}`, ctx.getActorUri(person.name)),
      actor: ctx.getActorUri(person.name),
      object: request.activity,
    }),
    options,
  );
}

async function undo(ctx, activity) {
  const what = await activity.getObject(ctx);
  if (what === null || what.actorId?.href !== activity.actorId.href) {
    refuse(ctx.data.world, activity, "undoes what its sender did not do");
    return;
  }
  if (what instanceof vocab.Follow) {
    const target = ctx.parseUri(what.objectId);
    if (target?.type === "actor") ctx.data.world.person(target.identifier).followers.delete(activity.actorId.href);
  }
}

function answered(world, answer, state) {
  // The answer to a request to quote is there for tests to look at.
  if (world.sent(answer.objectId?.href)?.done instanceof vocab.QuoteRequest) return;
  for (const person of world.people.values()) {
    // Only the one who was asked can answer, and only what was asked.
    const one = person.following.get(answer.actorId.href);
    if (one && answer.objectId?.href === one.follow.id.href) {
      one.state = state;
      return;
    }
  }
  refuse(world, answer, "answers what nobody here asked");
}

async function remember(world, ctx, activity) {
  const object = await activity.getObject(ctx);
  if (object === null || object.attributionId?.href !== activity.actorId.href) {
    if (object instanceof vocab.Person && object.id.href === activity.actorId.href) return;
    refuse(world, activity, "speaks for another's object");
    return;
  }
  world.known.set(object.id.href, {
    type: object.constructor.name,
    author: activity.actorId.href,
    content: object.content?.toString() ?? null,
    inReplyTo: object.replyTargetId?.href ?? null,
    to: object.toIds.map((uri) => uri.href),
    cc: object.ccIds.map((uri) => uri.href),
    deleted: false,
  });
}

function forget(world, activity) {
  const known = world.known.get(activity.objectId?.href);
  if (!known) return;
  if (known.author !== activity.actorId.href) {
    refuse(world, activity, "deletes another's object");
    return;
  }
  known.deleted = true;
}

function refuse(world, activity, reason) {
  world.refused.push({ id: activity.id?.href, actor: activity.actorId?.href, reason });
}
