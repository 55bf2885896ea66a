// Keeps a page live, and says so when it is not: what it shows would pass for now.
(() => {
  const PATIENCE_MS = 8000;
  let patience;
  const tell = (isLost) => {
    document.getElementById("live-lost").hidden = !isLost;
    document.documentElement.toggleAttribute("data-stale", isLost);
  };
  const wait = () => {
    clearTimeout(patience);
    patience = setTimeout(lost, PATIENCE_MS);
  };
  const heard = () => {
    tell(false);
    wait();
  };
  // htmx connects again what was connected once, and leaves that alone; a first connection that failed is left to us.
  const lost = () => {
    tell(true);
    if (document.getElementById("live-ended").hasChildNodes()) return;
    document.querySelectorAll("[hx-sse\\:connect]").forEach((each) => htmx.trigger(each, "again"));
    wait();
  };
  document.addEventListener("htmx:sse:after:message", heard);
  document.addEventListener("visibilitychange", () => document.hidden || heard());
  wait();
})();
