# SPDX-License-Identifier: GPL-2.0-or-later
"""PGP/MIME and detached signatures, made and verified by a real gpg: which bytes count, and whom the provider's web of
trust believes."""

import json
import time

import pytest

from .keys import Person, arf, signed_mail
from .pool import Pool, drive

ADDRESSES = ["203.0.113.7", "2001:db8:1000::7"]


class People:
    """provider -> introducer (trusted fully) -> reporter; two who are trusted marginally or not at all vouch for others."""

    def __init__(self):
        self.all = []
        self.provider = self.person("desk@provider.example")
        self.introducer = self.person("introducer@web.example")
        self.marginal = self.person("marginal@web.example")
        self.stranger = self.person("stranger@web.example")
        self.reporter = self.person("Abuse@FBL.example")
        self.half_known = self.person("half@fbl.example")
        self.unvouched = self.person("nobody@fbl.example")
        self.unknown = self.person("new@fbl.example")
        for person, level in ((self.introducer, 5), (self.marginal, 4)):
            self.provider.vouch_for(person)
            self.provider.trust(person, level)
        self.introducer.vouch_for(self.reporter)
        self.introducer.vouch_for(self.unknown)
        self.marginal.vouch_for(self.half_known)
        self.stranger.vouch_for(self.unvouched)
        for person in (self.introducer, self.marginal, self.stranger, self.reporter, self.half_known, self.unvouched):
            self.provider.learn(person)

    def person(self, *words, **options):
        self.all.append(Person(*words, **options))
        return self.all[-1]

    def leave(self):
        for person in self.all:
            person.leave()


@pytest.fixture(scope="module")
def people():
    everybody = People()
    yield everybody
    everybody.leave()


@pytest.fixture
def pool(people, tmp_path):
    one = Pool(tmp_path, people.provider.home)
    yield one
    one.leave()


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_report_of_one_whom_a_trusted_introducer_vouches_for(people, pool, address):
    (report,) = pool.read(people.reporter.mail(arf(address)))
    assert (report["outcome"], report["address"], report["port"]) == ("parsed", address, 40123)
    assert report["signature"]["state"] == "good"
    assert report["signature"]["key"] == people.reporter.fingerprint
    assert report["signature"]["addresses"] == ["abuse@fbl.example"]


def test_line_ends_of_a_mailbox_are_no_alteration(people, pool):
    mail = people.reporter.mail().replace(b"\r\n", b"\n")
    assert pool.signature(mail)["state"] == "good"
    assert pool.signature(b"From fbl@reporter.example Sat Nov 21 10:00:05 2026\n" + mail)["state"] == "good"


@pytest.mark.parametrize("options", [["--textmode"], ["--digest-algo", "SHA256"]])
def test_other_ways_to_sign(people, pool, options):
    assert pool.signature(people.reporter.mail(None, *options))["state"] == "good"


@pytest.mark.parametrize("newline", [b"\r\n", b"\n"])
def test_a_report_as_large_as_it_may_be(people, pool, newline):
    line = b"Fine watches, nearly free, only today, only for your friends.\r\n"
    mail = people.reporter.mail(arf().replace(b"Fine watches.\r\n", line * (10 * 1000 * 1000 // len(line))))
    (report,) = pool.read(mail.replace(b"\r\n", newline))
    assert (report["outcome"], report["signature"]["state"]) == ("parsed", "good")


def test_the_introducer_himself(people, pool):
    assert pool.signature(people.introducer.mail())["addresses"] == ["introducer@web.example"]


@pytest.mark.parametrize("who", ["half_known", "unvouched", "stranger"])
def test_whom_nobody_or_only_one_marginal_introducer_vouches_for(people, pool, who):
    person = getattr(people, who)
    signature = pool.signature(person.mail())
    assert (signature["state"], signature["key"], signature["addresses"]) == ("untrusted", person.fingerprint, [])


def test_three_marginal_introducers_are_enough(people, pool):
    reporter = people.person("three@fbl.example")
    for number in range(3):
        one = people.person(f"marginal{number}@web.example")
        people.provider.vouch_for(one)
        people.provider.trust(one, 4)
        one.vouch_for(reporter)
    assert pool.signature(reporter.mail(), keys=[reporter.public_key()])["state"] == "good"


def test_an_address_that_nobody_has_vouched_for_is_not_proved(people, pool):
    """Anybody can put another's address into his own key."""
    reporter = people.person("honest@fbl.example")
    people.introducer.vouch_for(reporter)
    reporter.gpg("--quick-add-uid", reporter.fingerprint, "Somebody <desk@provider.example>")
    signature = pool.signature(reporter.mail(), keys=[reporter.public_key()])
    assert (signature["state"], signature["addresses"]) == ("good", ["honest@fbl.example"])


@pytest.mark.parametrize("old, new", [(b"203.0.113.7", b"203.0.113.8"), (b"blanks \t\r\n", b"blanks\r\n"),
                                      (b"Content-Type: multipart/report", b"Content-type: multipart/report"),
                                      (b"--inner--\r\n", b"--inner--")])
def test_an_altered_text(people, pool, old, new):
    mail = people.reporter.mail()
    assert old in mail
    signature = pool.signature(mail.replace(old, new))
    assert (signature["state"], signature["addresses"]) == ("bad", [])
    assert "altered" in signature["why"]


def test_the_signature_of_another_text(people, pool):
    assert pool.signature(signed_mail(arf("203.0.113.8"), people.reporter.sign(arf())))["state"] == "bad"


@pytest.mark.parametrize("garbage", [b"", b"no signature\r\n", b"-----BEGIN PGP SIGNATURE-----\r\n\r\nAAAA\r\n-----END PGP SIGNATURE-----\r\n"])
def test_no_signature_where_one_should_be(people, pool, garbage):
    assert pool.signature(signed_mail(arf(), garbage))["state"] == "bad"


def test_the_outer_header_is_nobodys(people, pool):
    """A subject, a Message-ID, and a sender that were changed on the way prove and disprove nothing, and are not read: what
    is sent again under another Message-ID is the same report."""
    part = arf()
    signature = people.reporter.sign(part)
    (first,) = pool.read(signed_mail(part, signature))
    (again,) = pool.read(signed_mail(part, signature, subject=b"another").replace(b"outer@", b"x@").replace(b"abuse@fbl", b"x@fbl"))
    (another,) = pool.read(people.reporter.mail(arf("203.0.113.8")))
    assert first["reporter"] is None and "outer" not in first["id"]
    assert first["id"] == again["id"] != another["id"]
    assert again["signature"]["state"] == "good"


HIDDEN = arf("198.51.100.99")


def test_a_second_report_outside_of_the_signed_part_does_not_count(people, pool):
    part = arf()
    signature = people.reporter.sign(part)
    for before, after in ((b"--other\r\n" + HIDDEN, b""), (b"", b"\r\n" + HIDDEN), (b"", b"\r\n--outer\r\n" + HIDDEN + b"\r\n--outer--\r\n")):
        (report,) = pool.read(signed_mail(part, signature, before=before, after=after))
        assert report["address"] == "203.0.113.7"


def test_more_parts_than_two_are_refused(people, pool):
    part = arf()
    mail = signed_mail(part, people.reporter.sign(part) + b"\r\n--outer\r\n" + HIDDEN)
    (report,) = pool.read(mail)
    assert (report["outcome"], report["address"], report["signature"]["state"]) == ("refused", None, "bad")
    (report,) = pool.read(signed_mail(HIDDEN + b"\r\n--outer\r\n" + part, people.reporter.sign(part)))
    assert (report["outcome"], report["signature"]["state"]) == ("refused", "bad")


def test_a_signed_mail_within_another_proves_nothing(people, pool):
    inner = people.reporter.mail()
    mail = (b"From: x@y.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"m\"\r\n\r\n--m\r\n"
            + inner[inner.index(b"Content-Type: multipart/signed"):] + b"\r\n--m--\r\n")
    assert pool.signature(mail)["state"] == "none"


def test_an_mbox_of_several_mails_proves_nothing(people, pool):
    line = b"From fbl@reporter.example Sat Nov 21 10:00:05 2026\n"
    mail = people.reporter.mail().replace(b"\r\n", b"\n")
    other = b"From: a@b.example\nMIME-Version: 1.0\n" + HIDDEN.replace(b"\r\n", b"\n")
    reports = pool.read(line + mail + b"\n" + line + other)
    assert [report["address"] for report in reports] == ["203.0.113.7", "198.51.100.99"]
    assert [report["signature"]["state"] for report in reports] == ["none", "none"]


def test_a_key_that_is_not_here_yet(people, pool):
    mail = people.unknown.mail()
    signature = pool.signature(mail)
    assert (signature["state"], signature["addresses"]) == ("unknown-key", [])
    assert people.unknown.fingerprint.endswith(signature["key"]) and len(signature["key"]) in (16, 40)
    found = pool.signature(mail, keys=[b"no key at all", people.unknown.public_key()])
    assert (found["state"], found["key"], found["addresses"]) == ("good", people.unknown.fingerprint, ["new@fbl.example"])
    # What came with a job stays with it.
    assert pool.signature(mail)["state"] == "unknown-key"


def test_a_wrong_key_does_not_help(people, pool):
    assert pool.signature(people.unknown.mail(), keys=[people.reporter.public_key()])["state"] == "unknown-key"


def test_an_expired_key(people, pool):
    old = people.person("old@fbl.example", "--faked-system-time", "20250101T000000", expire="seconds=86400")
    people.introducer.learn(old)
    people.introducer.gpg("--faked-system-time", "20250101T010000!", "--ignore-time-conflict", "--quick-sign-key", old.fingerprint)
    part = arf()
    mail = signed_mail(part, old.sign(part, "--faked-system-time", "20250101T020000!"))
    signature = pool.signature(mail, keys=[people.introducer.gpg("--armor", "--export", old.fingerprint)])
    assert signature["state"] == "bad" and "expired" in signature["why"]


def test_an_expired_signature(people, pool):
    part = arf()
    mail = signed_mail(part, people.reporter.sign(part, "--faked-system-time", "20251231T000000!", "--ignore-time-conflict",
                                                  "--ignore-valid-from", "--default-sig-expire", "seconds=10"))
    assert pool.signature(mail)["state"] == "bad"


def test_a_revocation_that_the_key_server_tells_of(people, pool):
    reporter = people.person("revoked@fbl.example")
    people.introducer.vouch_for(reporter)
    people.provider.learn(reporter)
    mail = reporter.mail()
    assert pool.signature(mail)["state"] == "good"
    signature = pool.signature(mail, keys=[reporter.revoke()])
    assert signature["state"] == "bad" and "revoked" in signature["why"]


def test_a_hash_that_can_be_forged_proves_nothing(people, pool):
    signature = pool.signature(people.reporter.mail(None, "--digest-algo", "SHA1", "--allow-weak-digest-algos"))
    assert signature["state"] == "untrusted" and "SHA1" in signature["why"]


def test_a_provider_without_keys(people, pool):
    pool.home = pool.directory / "not-there"
    assert pool.signature(people.reporter.mail())["state"] == "unknown-key"
    assert pool.signature(people.reporter.mail(), keys=[people.reporter.public_key()])["state"] == "untrusted"


JSON = json.dumps({"address": "203.0.113.7", "kind": "spam", "reporter": "fbl"}).encode()


def test_a_detached_signature_over_json(people, pool):
    signature = people.reporter.sign(JSON)
    (report,) = pool.read(JSON, signature=signature)
    assert (report["outcome"], report["signature"]["state"]) == ("parsed", "good")
    assert report["signature"]["addresses"] == ["abuse@fbl.example"]
    (report,) = pool.read(JSON.replace(b"113.7", b"113.8"), signature=signature)
    assert (report["address"], report["signature"]["state"]) == ("203.0.113.8", "bad")
    (report,) = pool.read(JSON, signature=people.reporter.gpg("--detach-sign", given=JSON))
    assert report["signature"]["state"] == "good"


def test_a_detached_signature_over_many_lines(people, pool):
    lines = JSON + b"\n" + JSON.replace(b"203.0.113.7", b"2001:db8:1000::7") + b"\n"
    reports = pool.read(lines, signature=people.reporter.sign(lines))
    assert [(report["line"], report["signature"]["state"]) for report in reports] == [(1, "good"), (2, "good")]


def test_a_home_that_gpg_cannot_reach_is_no_home_without_keys(people, pool, tmp_path):
    (tmp_path / "mail").write_bytes(people.reporter.mail())
    tmp_path.chmod(0o700)
    (answer,), health = drive("--home", people.provider.home, "--scratch", tmp_path, tmp_path / "mail")
    assert "cannot be reached" in answer["text"] and "cannot be reached" in health["problem"]
    assert list(tmp_path.glob("gate25-reader-*")) == []


def test_the_providers_home_is_left_alone(people, pool):
    before = {file.name: file.stat().st_mtime_ns for file in people.provider.home.iterdir()}
    pool.read(people.unknown.mail(), keys=[people.unknown.public_key()])
    assert {file.name: file.stat().st_mtime_ns for file in people.provider.home.iterdir()} == before


def armoured(people, signature):
    return people.provider.gpg("--enarmor", given=signature).replace(b"PGP ARMORED FILE", b"PGP SIGNATURE")


@pytest.mark.parametrize("who", ["unknown", "unvouched"])
def test_a_signature_that_somebody_adds_makes_no_new_report(people, pool, who):
    """The part with the signatures is not signed: whoever adds his own, made later, must not give an old report a new day."""
    part = b"\r\n".join(line for line in arf().split(b"\r\n") if not line.startswith(b"Arrival-Date"))
    real = people.reporter.gpg("--detach-sign", given=part)
    later = time.strftime("%Y%m%dT%H%M%S", time.gmtime(time.time() + 3600))
    added = getattr(people, who).gpg("--faked-system-time", later, "--detach-sign", given=part)
    (alone,) = pool.read(signed_mail(part, armoured(people, real)))
    assert alone["signature"]["state"] == "good" and alone["at"]
    told = [pool.read(signed_mail(part, armoured(people, both)))[0] for both in (added + real, real + added)]
    good = [(one["id"], one["at"]) for one in told if one["signature"]["state"] == "good"]
    assert good and set(good) == {(alone["id"], alone["at"])}
