"""Which posts can be found, on both engines."""

from microfed.operations.posts import write_post
from microfed.operations.saying import Draft
from microfed.operations.searching import AT_ONCE, make_all_findable
from microfed.operations.taking_back import delete_post
from microfed.queries.search import search_ids
from microfed.queries.visibility import Viewer
from microfed.store.database import Tx
from microfed.store.search import fold
from tests.people import neighbour


def test_words_are_folded_alike_for_both_engines() -> None:
    assert fold("L'École, ÇA va-t-il ? #Straße") == ["l", "ecole", "ca", "va", "t", "il", "strasse"]


async def test_both_engines_find_beginnings_phrases_and_leave_out(tx: Tx) -> None:
    ana = neighbour(tx, "ana")
    me = Viewer(ana.id)
    one = write_post(tx, author=ana, draft=Draft(source="Le marché d'été, place de l'Église"))
    two = write_post(tx, author=ana, draft=Draft(source="Marchés d'hiver"))

    assert search_ids(tx, me, "marche", limit=9) == [two.id, one.id]
    assert search_ids(tx, me, '"place de l\'eglise"', limit=9) == [one.id]
    assert search_ids(tx, me, "marche -hiver", limit=9) == [one.id]
    assert search_ids(tx, me, "hiv MARCH", limit=9) == [two.id]

    delete_post(tx, author=ana, post=two)

    assert search_ids(tx, me, "hiver", limit=9) == []


async def test_what_was_said_before_there_was_a_search_is_found_after_its_job(tx: Tx) -> None:
    ana = neighbour(tx, "ana")
    for number in range(3):
        write_post(tx, author=ana, draft=Draft(source=f"ancien {number}"))
    tx.connection.exec_driver_sql("DELETE FROM search_words")
    assert search_ids(tx, Viewer(ana.id), "ancien", limit=9) == []

    assert make_all_findable(tx, below=None) == 3 < AT_ONCE

    assert len(search_ids(tx, Viewer(ana.id), "ancien", limit=9)) == 3
