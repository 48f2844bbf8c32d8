"""What the provider of tests/openid_provider.py answers, and what it says of people; read once Django is configured."""

from typing import Any

from django.contrib.auth.views import LoginView
from django.urls import include, path
from oauth2_provider.oauth2_validators import OAuth2Validator

urlpatterns = [path("accounts/login/", LoginView.as_view()), path("o/", include("oauth2_provider.urls"))]


class NamedUsers(OAuth2Validator):
    """Says people's names."""

    def get_additional_claims(self, request: Any) -> dict[str, Any]:
        """Beside the number, which alone tells who somebody is."""
        return {"preferred_username": request.user.username}
