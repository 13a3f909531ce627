// What pages do besides, where scripts run: words are kept while they are typed, and what is new
// is told without moving what one reads. Without this file, everything works all the same.
"use strict";

(() => {
  // Words that are being written, kept in this browser until the place has them.
  const kept = {
    get(key) {
      try {
        return JSON.parse(localStorage.getItem(key));
      } catch {
        return null;
      }
    },
    set(key, value) {
      try {
        if (value) localStorage.setItem(key, JSON.stringify(value));
        else localStorage.removeItem(key);
      } catch {
        // A browser that keeps nothing: the place still does when it is asked to.
      }
    },
    keys() {
      try {
        return Object.keys(localStorage).filter((key) => key.startsWith("words:"));
      } catch {
        return [];
      }
    },
  };

  const said = /(?:^|; )said=([^;]*)/.exec(document.cookie);
  if (said) {
    for (const key of kept.keys()) if ((kept.get(key) || {}).once === said[1]) kept.set(key, null);
    document.cookie = "said=; max-age=0; path=/";
  }

  const form = document.querySelector("form[data-keeps]");
  if (form) {
    const field = (name) => form.elements.namedItem(name);
    const key = `words:${form.dataset.keeps}:${field("answers") ? field("answers").value : ""}`;
    const before = kept.get(key);
    if (before && !field("source").value && !field("draft")) {
      field("source").value = before.source;
      field("warning").value = before.warning;
      // Sent again after the line was cut, it is still said once.
      field("once").value = before.once;
      form.querySelector("[data-restored]").hidden = false;
    }
    const keep = () => {
      const [source, warning] = [field("source").value, field("warning").value];
      kept.set(key, source ? { once: field("once").value, source, warning } : null);
    };
    form.addEventListener("input", keep);
    // On a slow line, one writes before this file has come.
    if (!before && field("source").value !== field("source").defaultValue) keep();
  }
  // Whoever signs out leaves nothing behind on a shared computer.
  if (location.pathname === "/sign-out") {
    document.addEventListener("submit", () => kept.keys().forEach((key) => kept.set(key, null)));
  }

  // "3 new posts": said above the page, which stays where it is.
  const bar = document.querySelector("[data-listens]");
  if (bar && window.EventSource) {
    const source = new EventSource(bar.dataset.listens);
    source.addEventListener("posts", (event) => {
      bar.querySelector("a").textContent = event.data;
      bar.hidden = false;
    });
    addEventListener("pagehide", () => source.close());
  }

  // A deed that failed: the page is asked for anew, and says why; without a network, it waits.
  document.addEventListener("htmx:response:error", () => location.reload());
  document.addEventListener("htmx:error", () => {
    const lost = document.querySelector("[data-offline]");
    if (lost) lost.hidden = false;
  });

  // Moments in the reader's own time.
  const tell = () => {
    for (const time of document.querySelectorAll("time[title]:not([data-told])")) {
      const moment = new Date(time.dateTime);
      const style = { dateStyle: "full", timeStyle: "short" };
      time.title = moment.toLocaleString(document.documentElement.lang, style);
      time.dataset.told = "";
    }
  };
  tell();
  document.addEventListener("htmx:after:swap", tell);
})();
