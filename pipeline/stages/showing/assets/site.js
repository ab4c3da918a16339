// The theme's button, and search as you type. Pages are whole without this file.
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
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[\s\-‐‑–_/]+/gu, " ").trim();
  const begins = (text, query) => text.startsWith(query) || text.includes(` ${query}`) || text.includes(`(${query}`);

  // What is searched: names, then aliases, then definitions; smaller is better, and a tie goes to the alphabet.
  const rank = (entry, query, words) => {
    const alias = entry.aliases.findIndex((one) => one === query);
    if (entry.name === query) return [0];
    if (entry.name.startsWith(query)) return [1];
    if (begins(entry.name, query)) return [2];
    if (alias >= 0) return [3, alias];
    if (entry.name.includes(query)) return [4];
    const near = entry.aliases.findIndex((one) => begins(one, query));
    if (near >= 0) return [5, near];
    const inside = entry.aliases.findIndex((one) => one.includes(query));
    if (inside >= 0) return [6, inside];
    if (begins(entry.definition, query)) return [7];
    if (entry.definition.includes(query)) return [8];
    if (words.length > 1 && words.every((word) => begins(entry.everything, word))) return [9];
    return null;
  };
  const search = (entries, typed) => {
    const query = fold(typed);
    if (!query) return [];
    const words = query.split(" ");
    const found = [];
    for (const entry of entries) {
      const ranked = rank(entry, query, words);
      if (ranked) found.push({ entry, at: ranked[0], alias: ranked.length > 1 ? entry.shownAliases[ranked[1]] : "" });
    }
    return found.sort((one, other) => one.at - other.at); // stable, and the data is in the order of names
  };

  let loading = null;
  const load = () => {
    loading ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = `${root.dataset.root}search-data.js`;
      script.onload = () => resolve((globalThis.conceptwireConcepts ?? []).map(([slug, name, aliases, definition]) => {
        const folded = { name: fold(name), aliases: aliases.map(fold), definition: fold(definition) };
        const everything = [folded.name, ...folded.aliases, folded.definition].join(" ");
        return { slug, shownName: name, shownAliases: aliases, shownDefinition: definition, everything, ...folded };
      }));
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
  const option = ({ entry, alias }, index) => {
    const made = document.createElement("a");
    made.id = `found-${index}`;
    made.href = `${root.dataset.root}${entry.slug}/index.html`;
    made.tabIndex = -1;
    made.setAttribute("role", "option");
    made.setAttribute("aria-selected", "false");
    made.append(part("found-name", entry.shownName));
    if (alias) made.append(part("found-alias", `also called ${alias}`));
    made.append(part("found-definition", entry.shownDefinition));
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
      const found = search(await load(), typed);
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
