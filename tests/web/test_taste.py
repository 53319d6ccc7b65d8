"""What is believed of a person, with a switch; and the rules they gave."""

from django.test import Client
from django.urls import reverse

from mediarec.library.models import Person
from recommender.models import SteeringRule, TasteStatement
from recommender.taste import statements
from tests.web.conftest import sign_in


def test_it_says_what_to_do_when_nothing_is_known(cy: Person) -> None:
    page = sign_in(cy).get(reverse("taste")).content.decode()
    assert "Nothing learned yet" in page and "No rules yet" in page


def test_it_reads_the_taste_and_shows_from_what(ana: Person, ana_client: Client) -> None:
    ana_client.post(reverse("taste-refresh"))
    page = ana_client.get(reverse("taste")).content.decode()
    found = TasteStatement.objects.filter(person=ana)
    assert found and all(row.text.lower()[:12] in page.lower() for row in found)
    assert 'aria-label="Slow Film' in page and "Loud" not in page


def test_a_sentence_switched_off_stays_off(ana: Person, ana_client: Client) -> None:
    statements.refresh_statements(ana.pk)
    row = TasteStatement.objects.filter(person=ana)[0]
    ana_client.post(reverse("statement-switch", args=[row.pk]))
    statements.refresh_statements(ana.pk)
    row.refresh_from_db()
    assert not row.is_active
    assert 'aria-checked="false"' in ana_client.get(reverse("taste")).content.decode()


def test_a_rule_is_switched_off_and_on(ana: Person, ana_client: Client) -> None:
    rule = SteeringRule.objects.create(person=ana, text="no more horror", understood="No horror, from now on.")
    assert "No horror, from now on." in ana_client.get(reverse("taste")).content.decode()
    for expected in (False, True):
        ana_client.post(reverse("rule-switch", args=[rule.pk]))
        rule.refresh_from_db()
        assert rule.is_active is expected


def test_a_sentence_of_somebody_else_is_not_found(ana: Person, bo: Person) -> None:
    row = TasteStatement.objects.create(person=ana, text="slow drama")
    assert sign_in(bo).post(reverse("statement-switch", args=[row.pk])).status_code == 404
    row.refresh_from_db()
    assert row.is_active


def test_a_sentence_is_added_edited_weighed_and_deleted(ana: Person, ana_client: Client) -> None:
    ana_client.post(reverse("statement-add"), {"text": "loud <b>metal</b>", "sign": "-1"})
    row = TasteStatement.objects.get(person=ana, feature__own=True)
    page = ana_client.get(reverse("taste")).content.decode()
    assert row.sign == -1 and "less of this" in page and "<b>metal" not in page
    act = reverse("statement-act", args=[row.pk])
    ana_client.post(act, {"act": "edit", "text": "soft piano"})
    ana_client.post(act, {"act": "weigh", "times": "2.0"})
    row.refresh_from_db()
    assert (row.text, row.feature["emphasis"]) == ("soft piano", 2.0)
    assert "Say it in one sentence" in ana_client.post(act, {"act": "edit", "text": " "}, follow=True).content.decode()
    ana_client.post(act, {"act": "delete"})
    assert not TasteStatement.objects.filter(pk=row.pk).exists()


def test_nobody_edits_the_sentence_of_somebody_else(ana: Person, bo: Person) -> None:
    row = TasteStatement.objects.create(person=ana, text="slow drama")
    answer = sign_in(bo).post(reverse("statement-act", args=[row.pk]), {"act": "edit", "text": "mine"})
    row.refresh_from_db()
    assert answer.status_code == 404 and row.text == "slow drama"
