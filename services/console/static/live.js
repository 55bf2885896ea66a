// Keeps a page live, and says so when it is not any more: what it shows would pass for now.
(() => {
  const PATIENCE_MS = 8000;
  let patience;
  const tell = (isLost) => {
    document.getElementById("live-lost").hidden = !isLost;
    document.documentElement.toggleAttribute("data-stale", isLost);
  };
  const heard = () => {
    clearTimeout(patience);
    tell(false);
    patience = setTimeout(() => tell(true), PATIENCE_MS);
  };
  // htmx connects again what was connected once; a first connection that failed is left to the page.
  const AGAIN_MS = 1000;
  const again = ({ target }) => {
    if (target.hasAttribute?.("hx-sse:connect")) setTimeout(() => htmx.trigger(target, "again"), AGAIN_MS);
  };
  document.addEventListener("htmx:error", again);
  document.addEventListener("htmx:response:error", again);
  document.addEventListener("htmx:sse:after:message", heard);
  document.addEventListener("visibilitychange", () => document.hidden || heard());
  heard();
})();
