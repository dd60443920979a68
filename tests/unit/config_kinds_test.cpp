// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/config_kinds.h"

#include <doctest/doctest.h>

using namespace gate25::config_file;

TEST_CASE("a key server is a scheme, a host, perhaps a port, and nothing else") {
	for (const char* good :
	     {"https://keys.example", "http://keys.example:11371", "http://localhost:1", "https://KEYS.Example:65535",
	      "https://192.0.2.11", "http://192.0.2.11:11371", "https://[2001:db8::11]", "http://[2001:db8::11]:11371",
	      "http://[::1]:80", "https://a-b.4.example", "https://xn--schlssel-65a.example"})
		CHECK_MESSAGE(is_web_server(good), good);
	for (const char* bad :
	     {"", "keys.example", "hkp://keys.example", "ftp://keys.example", "HTTPS://keys.example", "http:/keys.example",
	      "http://", "https://:80", "https://keys.example/", "https://keys.example/pks", "https://keys.example?x",
	      "https://keys.example#x", "https://user@keys.example", "https://user:secret@keys.example",
	      "https://keys.example:", "https://keys.example:0", "https://keys.example:080", "https://keys.example:65536",
	      "https://keys.example:99999999999999999999", "https://keys.example:-1", "https://keys.example:80:80",
	      "https://2001:db8::11", "https://[192.0.2.11]", "https://[2001:db8::11", "https://[2001:db8::11]x",
	      "https://[2001:db8::11]80", "https://[fe80::1%eth0]", "https://[]", "http://192.0.2.256", "http://192.0.2",
	      "http://192.0.02.1", "https://keys..example", "https://.example", "https://example.", "https://-a.example",
	      "https://ke ys.example", "https://k\xc3\xa9ys.example", "https://keys.example\n", "https://keys_1.example"})
		CHECK_MESSAGE(!is_web_server(bad), bad);
	CHECK(is_web_server("https://" + std::string(63, 'a') + ".example"));
	CHECK(!is_web_server("https://" + std::string(64, 'a') + ".example"));
}

TEST_CASE("a mail address is bare, and ASCII") {
	for (const char* good : {"abuse@fbl.example", "a.b+c@x-y.example", "o'hara@localhost", "A@B.c", "#!$%&*/=?^_`{|}~-@a.b"})
		CHECK_MESSAGE(is_mail_address(good), good);
	for (const char* bad : {"", "@", "a@", "@a", "a", "a@b@c", "<a@b.c>", "A <a@b.c>", "a b@c.d", ".a@b.c", "a.@b.c",
	                        "a..b@c.d", "a@b..c", "a@.b", "a@b.", "a@192.0.2.1", "a@[192.0.2.1]", "\"a b\"@c.d",
	                        "\xc3\xa4@b.c", "a@\xc3\xa4.c", "a@b.c ", "a@b.c\n", "mailto:a@b.c", "a,b@c.d"})
		CHECK_MESSAGE(!is_mail_address(bad), bad);
	CHECK(is_mail_address(std::string(64, 'a') + "@b.c"));
	CHECK(!is_mail_address(std::string(65, 'a') + "@b.c"));
	CHECK(lower_case("Abuse@FBL.Example \xc3\x84") == "abuse@fbl.example \xc3\x84");
}

TEST_CASE("an account can be told from a list, an option and everybody") {
	for (const char* good : {"suricata", "www-data", "DOMAIN\\ids", "uid.1", "_x", "m\xc3\xbcller", "1000"})
		CHECK_MESSAGE(is_account(good), good);
	for (const char* bad : {"", "-r", "a b", "a,b", "a:b", "a/b", "*", "a*", "\"a\"", "a\tb", "a\x7f", "it's"})
		CHECK_MESSAGE(!is_account(bad), bad);
}

TEST_CASE("control characters are found in ASCII and in Unicode, and letters are none") {
	CHECK(has_control(std::string("a\0b", 3)));
	CHECK(has_control("\x1b[31m"));
	CHECK(has_control("\xc2\x80"));
	CHECK(has_control("\xc2\x9f"));
	CHECK(!has_control("\xc2\xa0\xc3\xbc\xe2\x82\xac \xf0\x9f\x98\x80"));
	CHECK(!has_control(""));
}
