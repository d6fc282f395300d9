"""What a template asks about a form's field."""

from django import forms, template

register = template.Library()


@register.filter
def is_checkbox(field: forms.BoundField) -> bool:
    """A single tick box, whose label stands behind it."""
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.filter
def get(mapping: dict[str, str], key: str) -> str:
    """The value of a key that a template cannot write with a dot."""
    return mapping.get(key, "")
