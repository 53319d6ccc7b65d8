"""mediarec: a self-hosted recommender for one household's films, music and video."""

from mediarec import offline

__version__ = "0.1.0"

offline.apply()  # before any library is imported that would report to its makers
