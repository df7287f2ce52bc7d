"""What becomes a static file: everything the site's folders hold but source maps, types and old fonts, which no page loads."""

from django.contrib.staticfiles.apps import StaticFilesConfig
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Sources beside what is built of them, outlines in other resolutions, and what npm keeps.
UNUSED = [
    "zxing-browser.js",
    "*.min.js.gz",
    "leaflet-src*.js",
    "leaflet.markercluster-src.js",
    "topojson-client.js",
    "WhereAreTheJavascriptFiles.txt",
    "counties-*.json",
    "nation-*.json",
    "states-albers-*.json",
    "countries-10m.json",
    "land-*.json",
    "MarkerCluster.Default.css",
    "package.json",
    "README.md",
]


class SiteStaticFilesConfig(StaticFilesConfig):
    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "*.map", "*.d.ts", "*.d.mts", "alegreya-*.woff", *UNUSED]


class SiteStaticStorage(CompressedManifestStaticFilesStorage):
    """Hashed and compressed names, also where the modules of the player and of check-in import each other.

    Lines that name a source map stay: the maps are left out.
    """

    patterns = (
        *(
            (extension, tuple(rule for rule in rules if "sourceMappingURL" not in str(rule)))
            for extension, rules in CompressedManifestStaticFilesStorage.patterns
            if extension == "*.css"
        ),
        *(
            (folder, ((r"""(?P<matched>import(?P<names>[^"';]+)from "(?P<url>\./[a-z]+\.js)";)""", 'import%(names)sfrom "%(url)s";'),))
            for folder in ("js/player/*.js", "js/checkin/*.js")
        ),
    )
