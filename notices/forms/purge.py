"""Forms of the destruction of a wrongly uploaded file."""

from notices.forms.letter import line_field
from notices.forms.task import TokenForm


class PurgeForm(TokenForm):
    why = line_field("理由", 300, help_text="只写事由，例如“误传了标有密级的文件”，不要在这里写涉密内容。")


class PurgeRefusalForm(TokenForm):
    why = line_field("不同意的原因", 300)
