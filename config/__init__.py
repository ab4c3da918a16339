"""What a site decides: settings, sources, glossary, relevance parameters; and their loading."""
