// Passkeys: asks the device, and puts its answer into the form. Without this file, codes do it all.
"use strict";

const asBytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) =>
    letter.charCodeAt(0),
  );
const asText = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");

const askDevice = async (asked) => {
  const options = { ...asked, challenge: asBytes(asked.challenge) };
  for (const name of ["excludeCredentials", "allowCredentials"]) {
    if (asked[name]) options[name] = asked[name].map((one) => ({ ...one, id: asBytes(one.id) }));
  }
  const isNew = "user" in asked;
  if (isNew) options.user = { ...asked.user, id: asBytes(asked.user.id) };
  const way = { publicKey: options };
  const made = await (isNew ? navigator.credentials.create(way) : navigator.credentials.get(way));
  const parts = isNew
    ? ["attestationObject", "clientDataJSON"]
    : ["authenticatorData", "clientDataJSON", "signature"];
  const response = Object.fromEntries(parts.map((name) => [name, asText(made.response[name])]));
  return { id: made.id, rawId: made.id, type: made.type, response };
};

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  form.closest("[hidden]")?.removeAttribute("hidden");
  const told = form.querySelector("[role=alert]");
  const tell = (words) => {
    told.textContent = words;
    told.hidden = !words;
  };
  form.addEventListener("submit", async (event) => {
    const answer = form.elements.answer;
    if (answer.value) return;
    event.preventDefault();
    tell("");
    try {
      const body = new URLSearchParams(new FormData(form));
      const asked = await fetch(form.dataset.passkey, { method: "POST", body });
      if (!asked.ok) return tell(await asked.text());
      answer.value = JSON.stringify(await askDevice((await asked.json()).publicKey));
    } catch {
      return tell(form.dataset.failed);
    }
    form.submit();
  });
}
