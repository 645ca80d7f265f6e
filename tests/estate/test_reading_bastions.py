"""Bastion hosts, and the durations of just-in-time policies (azure-facts 5.9, 5.12)."""

from typing import Any

import pytest

from evidence import Json, estate_of, network_id
from vmaudit.estate.guards import minutes
from vmaudit.estate.resources import BastionHost
from vmaudit.known import Unknown

ID = network_id("bastionHosts/bastion")
SUBNET = network_id("virtualNetworks/Hub/subnets/AzureBastionSubnet")
PLACE = {
    "name": "IpConf",
    "properties": {"subnet": {"id": SUBNET}, "publicIPAddress": {"id": network_id("publicIPAddresses/Pip")}},
}


def bastion(*, sku: Json | None = None, **properties: Any) -> BastionHost:
    row: Json = {"id": ID, "properties": {"provisioningState": "Succeeded", **properties}}
    return estate_of([row if sku is None else row | {"sku": sku}]).bastions[ID.lower()]


def test_a_bastion_serves_the_network_of_its_subnet() -> None:
    found = bastion(ipConfigurations=[PLACE])

    assert found.subnet == SUBNET.lower()
    assert found.network == network_id("virtualNetworks/Hub").lower()
    assert found.public_ip == network_id("publicIPAddresses/Pip").lower()


def test_a_developer_bastion_names_its_network_outright() -> None:
    found = bastion(sku={"name": "Developer"}, virtualNetwork={"id": network_id("virtualNetworks/Hub")})

    assert (found.sku, found.subnet, found.public_ip) == ("Developer", None, None)
    assert found.network == network_id("virtualNetworks/Hub").lower()


def test_features_that_the_body_leaves_out_are_off_but_for_copy_and_paste() -> None:
    found = bastion(ipConfigurations=[PLACE])

    assert not any(
        (
            found.shareable_link,
            found.ip_connect,
            found.native_client,
            found.file_copy,
            found.session_recording,
            found.private_only,
        )
    )
    assert found.copy_paste


@pytest.mark.parametrize(
    ("field", "feature"),
    [
        ("enableShareableLink", "shareable_link"),
        ("enableIpConnect", "ip_connect"),
        ("enableTunneling", "native_client"),
        ("enableFileCopy", "file_copy"),
        ("enableSessionRecording", "session_recording"),
        ("enablePrivateOnlyBastion", "private_only"),
    ],
)
def test_a_feature_is_on_where_the_body_says_so(field: str, feature: str) -> None:
    assert getattr(bastion(**{field: True}), feature)
    assert not getattr(bastion(**{field: False}), feature)


def test_copy_and_paste_is_off_where_it_is_disabled() -> None:
    assert not bastion(disableCopyPaste=True).copy_paste


def test_a_sku_that_the_body_leaves_out_is_unknown() -> None:
    assert isinstance(bastion().sku, Unknown)
    assert bastion(sku={"name": "premium"}).sku == "Premium"


@pytest.mark.parametrize("stub", [{}, {"properties": None}, {"properties": {}}])
def test_a_bastion_whose_properties_were_left_out_is_unknown_not_featureless(stub: Json) -> None:
    here = estate_of([{"id": ID, "sku": {"name": "Standard"}, **stub}])

    assert here.bastions == {}
    assert isinstance(here.all_of("bastion_hosts"), Unknown)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("PT3H", 180),
        ("PT30M", 30),
        ("PT1H30M", 90),
        ("P1D", 1440),
        ("P1DT30M", 1470),
        ("PT90S", 1.5),
        ("pt3h", 180),
        ("PT0.5H", 30),
    ],
)
def test_a_duration_is_read_in_minutes(text: str, length: float) -> None:
    assert minutes(text) == length


@pytest.mark.parametrize("text", [None, "", "P", "PT", "3h", "03:00:00", "P1M", "PT3H and more"])
def test_what_is_no_duration_is_unknown_not_zero(text: str | None) -> None:
    assert isinstance(minutes(text), Unknown)
