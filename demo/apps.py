from django.apps import AppConfig


class DemoConfig(AppConfig):
    """A believable school for a fresh machine. Never loaded by itself: `manage.py seed_demo` does it."""

    name = "demo"
