// Before the first paint: the theme that the reader chose, and that scripts run. Without a choice the system's theme holds.
(() => {
  "use strict";
  const root = document.documentElement;
  root.dataset.scripts = "";
  try {
    const chosen = localStorage.getItem("conceptwire-theme");
    if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
  } catch {
    // Storage is closed to us (private windows, some browsers on file://): the system's theme it is.
  }
})();
