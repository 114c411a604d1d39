import pytest

from tui_lab.errors import InputError
from tui_lab.session.cluster.address import checked_address, for_sqlalchemy, is_address, shown_address


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:s3cret@db/lab",
        "postgresql://db/lab?user=ann&password=s3cret",
        "postgresql://db/lab?sslpassword=s3cret",
    ],
)
def test_a_password_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(InputError) as refused:
        checked_address(url)
    assert "pgpass" in str(refused.value) and "s3cret" not in str(refused.value)


@pytest.mark.parametrize("url", ["mysql://db/lab", "sqlite:///lab.db", "lab", "postgresql://db:x/lab"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(InputError, match="postgresql://USER@HOST/DATABASE"):
        checked_address(url)


def test_an_address_is_kept_as_it_is() -> None:
    assert checked_address("postgres://ann@db:5433/lab?sslmode=require") == (
        "postgresql://ann@db:5433/lab?sslmode=require"
    )
    assert checked_address("postgresql://ann:@/lab?host=/run/pg") == "postgresql://ann@/lab?host=/run/pg"


def test_optuna_does_not_fill_in_braces() -> None:
    assert "{" not in for_sqlalchemy("postgresql://db/{SCHEMA_VERSION}")


def test_what_is_shown_names_host_and_database() -> None:
    assert shown_address("postgresql://ann@db:5433/lab") == "database lab on db"
    assert shown_address("postgresql:///lab") == "database lab on this machine"
    assert is_address("postgresql:///lab") and not is_address("last")
