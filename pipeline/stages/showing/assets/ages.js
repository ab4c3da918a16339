// Says how old news is, as of the reader's clock; without scripts a date stands there. <html data-now> freezes the clock.
(() => {
  "use strict";
  const units = [["m", 60, 60], ["h", 3600, 24], ["d", 86400, 14], ["w", 604800, 9], ["mo", 2629800, 12]];
  const age = (seconds, day) => {
    if (day && seconds < 86400) return "today";
    for (const [unit, size, until] of units) {
      if (seconds / size < until) return `${Math.floor(seconds / size)}${unit} ago`;
    }
    return `${Math.floor(seconds / 31557600)}y ago`;
  };
  const show = () => {
    const frozen = document.documentElement.dataset.now;
    const now = frozen ? Date.parse(frozen) : Date.now();
    for (const time of document.querySelectorAll("time.conceptwire-age")) {
      const published = Date.parse(time.getAttribute("datetime"));
      if (Number.isNaN(published)) continue;
      if (!time.title) time.title = time.textContent.trim();
      const said = age(Math.max(0, (now - published) / 1000), time.dataset.precision === "day");
      if (time.textContent !== said) time.textContent = said;
    }
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", show);
  else show();
  addEventListener("pageshow", show);
  document.addEventListener("visibilitychange", show); // a tab that was left open for days
})();
