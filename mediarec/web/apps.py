"""What people see. Knows no tensors."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "mediarec.web"
    label = "web"
    verbose_name = "Pages"
