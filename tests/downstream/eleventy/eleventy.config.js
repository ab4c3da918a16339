// An example to copy: a glossary site from a Conceptwire database. See _data/concepts.js for how it is read.
import markdownIt from "markdown-it";

const markdown = markdownIt({ html: false }); // the glossary's texts are Markdown without HTML
const english = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeZone: "UTC" });

export default function (eleventy) {
  eleventy.addFilter("markdown", (text) => markdown.render(text));
  // Moments (2026-08-29T09:00:00Z) and days (2026-08-29) alike: Aug 29, 2026
  eleventy.addFilter("day", (moment) => english.format(new Date(moment)));
}
