// A member's browser keeps what was last at home, for when there is no network. See sw.js.
"use strict";

if ("serviceWorker" in navigator) navigator.serviceWorker.register("/sw.js").catch(() => {});
