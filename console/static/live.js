// Keeps a page live: the server says when something changed, the page fetches itself again and
// puts the new <main> in place. Without JavaScript the page is the same, only not live.
"use strict";
const main = document.querySelector("main[data-live]");
if (main) {
  const changes = new EventSource(main.dataset.live);
  let busy = false;
  changes.addEventListener("change", async () => {
    if (busy || document.hidden) return;
    busy = true;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("main");
      const opened = main.querySelector("details")?.open;
      main.replaceChildren(...fresh.childNodes);
      const details = main.querySelector("details");
      if (details && opened) details.open = true;
    } finally {
      busy = false;
    }
  });
}
