"""/rules: the standing wishes of the person who asks."""

from django.http import HttpRequest
from ninja import Router

from mediarec.web.api.schemas import RuleOut
from mediarec.web.auth import current_person
from recommender.models import SteeringRule
from recommender.taste import steering

router = Router()


@router.get("", response=list[RuleOut])
def list_rules(request: HttpRequest) -> list[SteeringRule]:
    return list(SteeringRule.objects.filter(person_id=current_person(request).pk))


@router.delete("/{rule_id}", response={204: None}, summary="Undo a rule")
def undo_rule(request: HttpRequest, rule_id: int) -> tuple[int, None]:
    steering.undo_rule(current_person(request).pk, rule_id)
    return 204, None
