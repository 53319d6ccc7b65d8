"""mediarec: a self-hosted recommender for one household's films, music and video."""

__version__ = "0.1.0"
