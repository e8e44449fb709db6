// Keeps a page live: the server says when something changed, the page fetches itself again and
// puts the new <main> in place. Without JavaScript the page is the same, only not live.
"use strict";
const main = document.querySelector("main[data-live]");
if (main) {
  const changes = new EventSource(main.dataset.live);
  let stale = false;
  let busy = false;
  let opened = false;
  // What a reader has unfolded or holds with the keyboard stays so.
  const nameOf = (element) => element.getAttribute("href") ?? element.className + element.tagName;
  const put = (fresh) => {
    const unfolded = main.querySelector("details")?.open;
    const held = main.contains(document.activeElement) ? nameOf(document.activeElement) : null;
    main.replaceChildren(...fresh.childNodes);
    const details = main.querySelector("details");
    if (details && unfolded) details.open = true;
    const holdable = [...main.querySelectorAll("a, summary, [tabindex]")];
    if (held !== null) holdable.find((e) => nameOf(e) === held)?.focus({ preventScroll: true });
  };
  const refresh = async () => {
    if (busy) return;
    busy = true;
    try {
      // A change that comes while we fetch, or while nobody looks, is not forgotten.
      while (stale && !document.hidden) {
        stale = false;
        const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
        if (!answer.ok) break;
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        put(page.querySelector("main"));
      }
    } catch {
      stale = true; // the connection opens again and asks for a refresh
    } finally {
      busy = false;
    }
  };
  const changed = () => {
    stale = true;
    refresh();
  };
  changes.addEventListener("change", changed);
  changes.addEventListener("open", () => {
    if (opened) changed();
    opened = true;
  });
  document.addEventListener("visibilitychange", refresh);
}
