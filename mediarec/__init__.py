"""mediarec: a self-hosted recommender for one household's films, music and video."""
