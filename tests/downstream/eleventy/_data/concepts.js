// Global data: `concepts`, every concept with the two boxes of its page. Eleventy calls this once a build.
import Database from "better-sqlite3";

export default function () {
  const path = process.env.CONCEPTWIRE_DATABASE;
  if (!path) throw new Error("Set CONCEPTWIRE_DATABASE to the path of conceptwire.db, or of the published copy.");
  const database = new Database(path, { readonly: true, fileMustExist: true });
  try {
    const [{ contract_version }] = database.prepare("SELECT contract_version FROM status").all();
    if (contract_version !== 1) throw new Error(`${path} speaks contract ${contract_version}; this site was made for 1.`);
    const concepts = database.prepare("SELECT * FROM concepts ORDER BY slug");
    const news = database.prepare("SELECT * FROM concept_news WHERE concept_slug = ? ORDER BY position");
    const related = database.prepare("SELECT * FROM related_concepts WHERE concept_slug = ? ORDER BY position");
    // In one transaction all pages are of one moment, even while a run is writing. Columns are what templates
    // need, so nothing is joined and no JSON parsed here.
    return database.transaction(() =>
      concepts.all().map((concept) => ({ ...concept, news: news.all(concept.slug), related: related.all(concept.slug) })),
    )();
  } finally {
    database.close();
  }
}
