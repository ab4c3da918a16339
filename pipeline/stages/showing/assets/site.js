// The theme's button, and the box that search.js answers in. Pages are whole without this file.
(() => {
  "use strict";
  const root = document.documentElement;

  // --- theme: a choice is kept only while it differs from the system's ---
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const button = document.querySelector("[data-theme-toggle]");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);
  const keep = (theme) => {
    try {
      if (theme) localStorage.setItem("conceptwire-theme", theme);
      else localStorage.removeItem("conceptwire-theme");
    } catch {
      // It holds for this page, then.
    }
  };
  const press = () => button.setAttribute("aria-pressed", String(isDark()));
  if (button) {
    press();
    dark.addEventListener("change", press);
    button.addEventListener("click", () => {
      const wanted = isDark() ? "light" : "dark";
      const own = (wanted === "dark") !== dark.matches;
      if (own) root.dataset.theme = wanted;
      else delete root.dataset.theme;
      keep(own ? wanted : "");
      press();
    });
  }

  // --- search ---
  const MOST = 12; // more than these nobody reads; the count says that there are more
  let loading = null;
  const load = () => {
    loading ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = `${root.dataset.root}search-data.js`;
      script.onload = () => resolve(globalThis.conceptwireSearch(globalThis.conceptwireConcepts ?? []));
      script.onerror = () => {
        loading = null;
        script.remove();
        reject(new Error("search-data.js cannot be loaded"));
      };
      document.head.append(script);
    });
    return loading;
  };

  const form = document.querySelector("[data-search]");
  if (!form) return;
  const input = form.querySelector("input");
  const list = form.querySelector("[role=listbox]");
  const status = form.querySelector("[data-search-status]");
  let active = -1;
  let asked = "";

  const part = (name, text) => {
    const made = document.createElement("span");
    made.className = name;
    made.dir = "auto";
    made.textContent = text;
    return made;
  };
  const option = ({ slug, name, alias, definition }, index) => {
    const made = document.createElement("a");
    made.id = `found-${index}`;
    made.href = `${root.dataset.root}${slug}/index.html`;
    made.tabIndex = -1;
    made.setAttribute("role", "option");
    made.setAttribute("aria-selected", "false");
    made.append(part("found-name", name));
    if (alias) made.append(" ", part("found-alias", `also called ${alias}`));
    made.append(" ", part("found-definition", definition)); // the spaces are for those who hear it
    return made;
  };
  const say = (text) => {
    status.textContent = text;
  };
  const close = () => {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const point = (index) => {
    const options = list.querySelectorAll("[role=option]");
    active = options.length ? (index + options.length) % options.length : -1;
    options.forEach((one, at) => one.setAttribute("aria-selected", String(at === active)));
    if (active < 0) return;
    input.setAttribute("aria-activedescendant", options[active].id);
    options[active].scrollIntoView({ block: "nearest" });
  };
  const open = (found) => {
    list.replaceChildren(...found.slice(0, MOST).map(option));
    active = -1;
    input.removeAttribute("aria-activedescendant");
    const shown = found.length > 0;
    list.hidden = !shown;
    list.scrollTop = 0;
    input.setAttribute("aria-expanded", String(shown));
    const more = found.length > MOST ? `, the best ${MOST} shown` : "";
    say(shown ? `${found.length} concept${found.length === 1 ? "" : "s"} found${more}` : "No concept found");
    form.dataset.none = shown ? "" : "true";
  };
  const look = async () => {
    const typed = input.value;
    asked = typed;
    if (!typed.trim()) {
      close();
      say("");
      form.dataset.none = "";
      return [];
    }
    try {
      const found = (await load())(typed);
      if (asked === typed) open(found); // else a later key has asked for something else
      return found;
    } catch {
      close();
      say("Search does not work just now");
      return [];
    }
  };
  const go = async () => {
    const options = list.querySelectorAll("[role=option]");
    if (active >= 0 && options[active]) {
      options[active].click();
      return;
    }
    await look();
    list.querySelector("[role=option]")?.click();
  };

  input.addEventListener("focus", () => {
    load().catch(() => {});
    if (input.value.trim() && list.hidden) look();
  });
  input.addEventListener("input", look);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    go();
  });
  input.addEventListener("keydown", async (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (list.hidden) await look();
      if (!list.hidden) point(active < 0 && step < 0 ? -1 : active + step);
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (!list.hidden) close();
      else {
        input.value = "";
        look();
      }
    } else if (event.key === "Tab") {
      close();
    }
  });
  form.addEventListener("focusout", (event) => {
    if (!form.contains(event.relatedTarget)) close();
  });
  list.addEventListener("pointerdown", (event) => {
    if (event.button === 0) event.preventDefault(); // the caret stays, the click still comes
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    event.preventDefault();
    input.focus();
    input.select();
  });
  if (input.value && document.activeElement === input) look();
})();
