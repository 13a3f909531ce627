// How far pictures are on their way. Without this file, the form is sent as any other.
"use strict";

document.addEventListener("submit", (event) => {
  const form = event.target;
  const files = form.querySelector('[type="file"]');
  if (!("sendsFiles" in form.dataset) || !files || !files.files.length) return;
  event.preventDefault();
  const [told, bar] = [form.querySelector(".sending"), form.querySelector(".sending progress")];
  const lost = told.nextElementSibling;
  const buttons = form.querySelectorAll("button");
  const body = new FormData(form);
  if (event.submitter && event.submitter.name) body.set(event.submitter.name, event.submitter.value);
  const sent = new XMLHttpRequest();
  const isOver = (isLost) => {
    told.hidden = true;
    lost.hidden = !isLost;
    for (const button of buttons) button.disabled = false;
  };
  sent.upload.onprogress = (now) => {
    if (now.lengthComputable) bar.value = now.loaded / now.total;
  };
  sent.onerror = () => isOver(true);
  sent.onload = () => {
    const page = sent.response;
    const main = page && page.querySelector("main");
    if (sent.responseURL !== form.action) return location.assign(sent.responseURL);
    if (!main) return isOver(true);
    document.title = page.title;
    document.querySelector("main").replaceWith(main);
    scrollTo(0, 0);
    const notice = main.querySelector("[role=status], [role=alert]");
    if (notice) {
      notice.tabIndex = -1;
      notice.focus();
    }
  };
  sent.open("POST", form.action);
  sent.responseType = "document";
  lost.hidden = true;
  told.hidden = false;
  bar.value = 0;
  for (const button of buttons) button.disabled = true;
  sent.send(body);
});
