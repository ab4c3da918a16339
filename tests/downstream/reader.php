<?php
// php reader.php conceptwire.db foundation-model: both boxes of a concept. Needs pdo_sqlite.
[, $path, $concept] = $argv;
$news = new PDO("sqlite:$path", null, null, [PDO::SQLITE_ATTR_OPEN_FLAGS => PDO::SQLITE_OPEN_READONLY]);

$links = $news->prepare("SELECT title, url, source_name, published_at FROM concept_news WHERE concept_slug = ? ORDER BY position");
$links->execute([$concept]);
foreach ($links as $link) {
    $day = (new DateTimeImmutable($link["published_at"]))->format("M j, Y");
    echo "{$link['title']} ({$link['source_name']}, $day)\n  {$link['url']}\n";
}

$related = $news->prepare("SELECT related_name FROM related_concepts WHERE concept_slug = ? ORDER BY position");
$related->execute([$concept]);
foreach ($related as $near) {
    echo "{$near['related_name']}\n";
}
