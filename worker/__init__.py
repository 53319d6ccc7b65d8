import mediarec  # noqa: F401 - its libraries report nothing to their makers
