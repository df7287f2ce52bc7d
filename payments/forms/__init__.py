from payments.forms.access import GrantForm, RevokeForm

__all__ = ["GrantForm", "RevokeForm"]
