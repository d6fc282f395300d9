"""What a template asks about a form's field."""

from django import forms, template

register = template.Library()


@register.filter
def is_checkbox(field: forms.BoundField) -> bool:
    """A single tick box, whose label stands behind it."""
    return isinstance(field.field.widget, forms.CheckboxInput)
