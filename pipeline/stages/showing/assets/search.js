// Finds concepts: given rows of [slug, name, aliases, definition] in the order of names, a function of what a reader types.
globalThis.conceptwireSearch = (rows) => {
  "use strict";
  // Case, accents, and what stands between words do not count.
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[\s\-‐‑–_/]+/gu, " ").trim();
  const begins = (text, query) => text.startsWith(query) || text.includes(` ${query}`) || text.includes(`(${query}`);
  const entries = rows.map(([slug, name, aliases, definition]) => {
    const folded = { name: fold(name), aliases: aliases.map(fold), definition: fold(definition) };
    return { shown: { slug, name, definition }, aliases, folded, everything: [folded.name, ...folded.aliases, folded.definition].join(" ") };
  });

  // Names, then aliases, then definitions: the smaller the better; and which alias it was.
  const rank = ({ folded: { name, aliases, definition }, everything }, query) => {
    if (name === query) return [0];
    if (name.startsWith(query)) return [1];
    if (begins(name, query)) return [2];
    const exact = aliases.indexOf(query);
    if (exact >= 0) return [3, exact];
    if (name.includes(query)) return [4];
    const near = aliases.findIndex((one) => begins(one, query));
    if (near >= 0) return [5, near];
    const inside = aliases.findIndex((one) => one.includes(query));
    if (inside >= 0) return [6, inside];
    if (begins(definition, query)) return [7];
    if (definition.includes(query)) return [8];
    const words = query.split(" ");
    if (words.length > 1 && words.every((word) => begins(everything, word))) return [9];
    return null;
  };

  return (typed) => {
    const query = fold(typed);
    if (!query) return [];
    const found = [];
    for (const entry of entries) {
      const ranked = rank(entry, query);
      if (ranked) found.push({ ...entry.shown, alias: ranked.length > 1 ? entry.aliases[ranked[1]] : "", at: ranked[0] });
    }
    return found.sort((one, other) => one.at - other.at); // stable: a tie goes to the order of names
  };
};
