"""Why a link came, went or moved: the reasons that the view link_changes gives."""

NEW = "new article"
EDITED = "edited article"
GLOSSARY = "glossary"  # of a concept to be placed anew: all of it is to be scored again
MODEL = "model"
EDITOR = "editor"
GONE = "gone"
