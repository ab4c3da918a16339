"""One run, from strangers' feeds to the box on a concept's page.

collect(now):                                            what the world says           flow/collecting.py
    for feed in feeds.due(now):                          sources.toml, politeness      adapters/store/feeds.py
        page    = fetch(feed)                            a conditional request         adapters/http/ warc.py
        entries = feeds.parse(page)                      RSS, Atom -> Entry            stages/feeds.py
        verdict = entries.decide(entries, known)         queued, or an Outcome         stages/entries.py
    for entry in feeds.queued(now):                      survives a killed run
        page    = fetch(entry.url)
        article = reading.read(entry, page)              page, feed or summary text    stages/reading.py, articles.py
        tokens  = features.count(article)                stems, once for all scorers   stages/features.py
        articles.keep(article, tokens) -> Outcome        one transaction an article    adapters/store/articles.py

settle(now):                                             what we make of it, flow/settling.py, a pure function of what is stored
    epoch   = epochs.make(articles, glossary)            if due: IDF, frozen           stages/relevance/epochs.py
    pairs   = scorer.score(articles)                     TF-IDF cosine -> probability  stages/relevance/scoring.py
    links   = ranking.cut(pairs), each with evidence     one cut, one place            stages/ranking.py, relevance/evidence.py
    stories = stories.group(links)                       one event, one link           stages/stories.py
    links.replace(concept, ranking.place(stories))       a whole box or nothing        adapters/store/links.py
"""
