"""Labels ranked by their names and by the neighbours that bear them."""

from search.classify import Voting, rank_labels

VOTING = Voting(power=2, share=3)


def test_names_alone_rank_where_there_are_no_neighbours() -> None:
    assert rank_labels({"a": 0.1, "b": 0.4, "c": -0.2}, [], VOTING) == ["b", "a", "c"]


def test_neighbours_outweigh_names_and_the_nearest_speak_loudest() -> None:
    neighbours = [("a", 0.6), ("b", 0.4), ("b", 0.4)]
    assert rank_labels({"a": 0.0, "b": 0.0, "c": 0.2}, neighbours, VOTING) == ["a", "b", "c"]
    assert rank_labels({"a": 0.0, "b": 0.0}, neighbours, Voting(power=1, share=3)) == ["b", "a"]


def test_unlike_neighbours_and_unknown_labels_have_no_say() -> None:
    assert rank_labels({"a": 0.0, "b": 0.1}, [("a", -0.9), ("gone", 0.9)], VOTING) == ["b", "a"]


def test_ties_keep_the_order_of_the_vocabulary() -> None:
    assert rank_labels({"b": 0.0, "a": 0.0}, [], VOTING) == ["b", "a"]
