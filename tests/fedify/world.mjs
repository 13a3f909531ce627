// What this server knows: its people, what they wrote, and everything that was received and
// verified. Kept in memory; a test looks at it through `GET /control/state`.

import { generateCryptoKeyPair } from "@fedify/fedify";

export class World {
  constructor(names, { proves = true } = {}) {
    this.people = new Map(names.map((name) => [name, new Person(name, proves)]));
    this.received = []; // verified activities, in order
    this.unverified = []; // what claimed to be something and was answered 401
    this.refused = []; // verified, but its sender may not say that
    this.knocked = []; // everything that was brought, as it came, whatever was answered
    this.known = new Map(); // other servers' notes, by id
    this.errors = []; // what went wrong here; a test that ends should find it empty
    this.serial = 0;
  }

  person(name) {
    const found = this.people.get(name ?? this.people.keys().next().value);
    if (!found) throw new Error(`nobody here is called ${name}`);
    return found;
  }

  /** Return an activity that somebody here sent. */
  sent(uri) {
    return [...this.people.values()].map((person) => person.sent.get(uri)).find(Boolean);
  }

  nextId() {
    this.serial += 1;
    return `${this.serial}`;
  }

  describe() {
    return {
      people: Object.fromEntries([...this.people].map(([name, person]) => [name, person.describe()])),
      received: this.received,
      unverified: this.unverified,
      refused: this.refused,
      knocked: this.knocked,
      known: Object.fromEntries(this.known),
      errors: this.errors,
    };
  }
}

class Person {
  constructor(name, proves) {
    this.name = name;
    this.proves = proves;
    this.locked = false;
    this.aliases = [];
    this.keys = null;
    this.followers = new Map(); // actor uri → { id, inboxId, sharedInbox }
    this.requests = new Map(); // actor uri → the Follow that waits for an answer
    this.following = new Map(); // actor uri → { follow, state: "asked" | "accepted" | "rejected" }
    this.notes = new Map(); // local id → note
    this.sent = new Map(); // activity uri → activity, for undoing it
  }

  async keyPairs() {
    // RSA is what every server understands; Ed25519 signs objects (FEP-8b32).
    this.keys ??= Promise.all([
      generateCryptoKeyPair("RSASSA-PKCS1-v1_5"),
      ...(this.proves ? [generateCryptoKeyPair("Ed25519")] : []),
    ]);
    return await this.keys;
  }

  describe() {
    return {
      locked: this.locked,
      followers: [...this.followers.keys()],
      requests: [...this.requests.keys()],
      following: Object.fromEntries([...this.following].map(([uri, one]) => [uri, one.state])),
      notes: [...this.notes.values()].map((note) => ({
        uri: note.uri,
        content: note.content,
        deleted: note.deletedAt !== null,
      })),
    };
  }
}
