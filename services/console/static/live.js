// Says so when a page is not live any more: what it shows would pass for now.
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
  document.addEventListener("htmx:sse:after:message", heard);
  document.addEventListener("visibilitychange", () => document.hidden || heard());
  heard();
})();
