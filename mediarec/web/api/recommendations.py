"""GET and POST /recommendations."""

from typing import cast

from django.http import HttpRequest
from ninja import Query, Router

from mediarec.library.models import Person
from mediarec.web.api.schemas import RecommendIn, SlateOut
from recommender import impressions, pipeline

router = Router()


@router.get("", response=SlateOut, summary="Recommendations for the signed-in person")
def list_recommendations(request: HttpRequest, query: Query[RecommendIn]) -> SlateOut:
    person = cast(Person, request.user)
    slate = pipeline.recommend(query.to_request(person.pk, person.novelty))
    impressions.record_shown(slate)
    return SlateOut.build(slate)
