// node reader.js conceptwire.db foundation-model: both boxes of a concept. Needs better-sqlite3.
const Database = require("better-sqlite3");

const [path, concept] = process.argv.slice(2);
const news = new Database(path, { readonly: true, fileMustExist: true });

const links = "SELECT title, url, source_name, published_at FROM concept_news WHERE concept_slug = ? ORDER BY position";
for (const link of news.prepare(links).iterate(concept)) {
  const day = new Date(link.published_at).toLocaleDateString("en", { dateStyle: "medium", timeZone: "UTC" });
  console.log(`${link.title} (${link.source_name}, ${day})\n  ${link.url}`);
}

const related = "SELECT related_name FROM related_concepts WHERE concept_slug = ? ORDER BY position";
for (const near of news.prepare(related).iterate(concept)) console.log(near.related_name);
