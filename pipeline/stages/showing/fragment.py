"""A concept's boxes as HTML to be put into someone's page: no style, class names that begin with conceptwire-, one script."""

from functools import cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template

from models.contract import PageData
from pipeline.stages.showing import wording
from pipeline.stages.showing.feeds import clean, headline, href, outlet, page_url

_FRAGMENT = """\
{% macro linked(url, text, class, rel="noopener external") %}
{% set address = url|href %}
{% if address %}
<a class="{{ class }}" href="{{ address }}"{% if rel %} rel="{{ rel }}"{% endif %} dir="auto">{{ text|clean }}</a>
{%- else %}
<span class="{{ class }}" dir="auto">{{ text|clean }}</span>
{%- endif %}
{% endmacro %}
{% set slug = page.concept.slug %}
<section class="conceptwire-news" data-concept="{{ slug }}" \
aria-labelledby="conceptwire-news-{{ slug }} conceptwire-of-{{ slug }}">
<h2 id="conceptwire-news-{{ slug }}">In the news</h2>
{# Tells the boxes of several concepts apart, for those who hear a page. #}
<span id="conceptwire-of-{{ slug }}" hidden>{{ page.concept.name|clean }}</span>
{% if page.news %}
<ol class="conceptwire-items">
{% for link in page.news %}
<li>
<article class="conceptwire-item{% if link.pinned %} conceptwire-pinned{% endif %}">
<p class="conceptwire-headline">{{ linked(link.url, link|headline, "conceptwire-title") }}</p>
<p class="conceptwire-meta">
<span class="conceptwire-source" dir="auto">{{ link|outlet }}</span>
<span aria-hidden="true">·</span>
<time class="conceptwire-age" datetime="{{ link.published_at|stamp(link.published_precision) }}" \
data-precision="{{ "day" if link.published_precision == "day" else "minute" }}">{{ link.published_at|day }}</time>
{% if link.pinned %}
<span aria-hidden="true">·</span> <span class="conceptwire-pin">Pinned by an editor</span>
{% endif %}
</p>
{% if link.also_covered_by %}
<p class="conceptwire-also">Also covered by
{% for other in link.also_covered_by %}
{{ linked(other.url, other.source_name or other.url, "conceptwire-other") }}{{ "," if not loop.last }}
{% endfor %}
</p>
{% endif %}
{% set terms = link|matched %}
{% if link.pinned or terms or link.passage or link|doubts %}
<details class="conceptwire-why">
<summary>Why this link</summary>
{% if link.pinned %}
<p class="conceptwire-chosen">Chosen by the editors.</p>
{% endif %}
{% if terms %}
<p class="conceptwire-terms">Words that match:
{% for term, part, where in terms %}
<span class="conceptwire-term" dir="auto">{{ term|clean }}</span>{{ " " ~ where if where }}{{ "," if not loop.last }}
{% endfor %}
</p>
{% endif %}
{% if link.passage %}
<blockquote class="conceptwire-passage" dir="auto">{{ link.passage|clean }}</blockquote>
{% endif %}
{% for note in link|doubts %}
<p class="conceptwire-note">{{ note }}</p>
{% endfor %}
</details>
{% endif %}
</article>
</li>
{% endfor %}
</ol>
{% else %}
<p class="conceptwire-none">No news about this concept at the moment.</p>
{% endif %}
</section>
{% if page.related %}
<section class="conceptwire-related" data-concept="{{ slug }}" \
aria-labelledby="conceptwire-related-{{ slug }} conceptwire-of-{{ slug }}">
<h2 id="conceptwire-related-{{ slug }}">Related concepts</h2>
<ul class="conceptwire-concepts">
{% for one in page.related %}
<li class="conceptwire-concept" data-concept="{{ one.related_slug }}">
{{ linked(one.related_slug|page_url(base_url), one.related_name, "conceptwire-name", "") }}
<p class="conceptwire-definition" dir="auto">{{ one.related_definition|clean }}</p>
</li>
{% endfor %}
</ul>
</section>
{% endif %}
<script>
{{ script|safe }}</script>
"""


def fragment(page: PageData, base_url: str) -> bytes:
    """Both boxes and the script that turns dates into ages. Ids hold the slug: fragments of several concepts fit one page."""
    return _template().render(page=page, base_url=base_url, script=ages().decode()).encode("utf-8", "replace")


@cache
def ages() -> bytes:
    """The script of ages, for pages that allow none inside them."""
    return files("pipeline.stages.showing").joinpath("assets", "ages.js").read_bytes()


@cache
def _template() -> Template:
    made = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    made.filters.update(clean=clean, headline=headline, href=href, outlet=outlet, page_url=page_url)
    made.filters.update(stamp=wording.stamp, day=wording.day, matched=wording.matched, doubts=wording.doubts)
    return made.from_string(_FRAGMENT)
