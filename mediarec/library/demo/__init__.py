"""The demo: real works in our own words, drawn artwork, three people. One import batch, so it comes off whole."""

from mediarec.library.demo.loader import DEMO_PEOPLE, find_demo, load_demo, remove_demo

__all__ = ["DEMO_PEOPLE", "find_demo", "load_demo", "remove_demo"]
