"""What people see. Knows no tensors."""

import gc

from django.apps import AppConfig

COLLECT_AFTER = 20_000  # allocations; at the default of 700 a page of a hundred cards is interrupted dozens of times


class WebConfig(AppConfig):
    name = "mediarec.web"
    label = "web"
    verbose_name = "Pages"

    def ready(self) -> None:
        """Collects garbage less often: a page makes and drops many small objects, nearly none of them in cycles."""
        gc.set_threshold(COLLECT_AFTER, 20, 50)
