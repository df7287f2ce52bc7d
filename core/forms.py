from django.forms.renderers import TemplatesSetting


class SiteFormRenderer(TemplatesSetting):
    """Every form field is drawn by templates/core/forms/field.html."""

    field_template_name = "core/forms/field.html"
    form_template_name = "core/forms/form.html"
