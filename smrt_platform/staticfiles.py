"""What becomes a static file: everything the site's folders hold but source maps, types and old fonts, which no page loads."""

from django.contrib.staticfiles.apps import StaticFilesConfig
from whitenoise.storage import CompressedManifestStaticFilesStorage


class SiteStaticFilesConfig(StaticFilesConfig):
    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "*.map", "*.d.ts", "*.d.mts", "alegreya-*.woff"]


class SiteStaticStorage(CompressedManifestStaticFilesStorage):
    """Hashed and compressed names. Lines that name a source map stay as they are: the maps are left out."""

    patterns = tuple(
        (extension, tuple(rule for rule in rules if "sourceMappingURL" not in str(rule)))
        for extension, rules in CompressedManifestStaticFilesStorage.patterns
        if extension == "*.css"
    )
