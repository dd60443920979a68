// SPDX-License-Identifier: GPL-2.0-or-later
//
// A value or an error. The kind of an error chooses the exit status of the command and the HTTP status
// of the API in one table (wire/reply.h); the text says what was expected, what was given, what to do.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace gate25 {

enum class ErrorKind {
	bad_input,  // the request or the file is wrong; the same call will fail again
	denied,     // the peer may not do that
	not_found,  // no such quarantine, exemption, file
	conflict,   // it contradicts what is there (a second agent on the socket)
	busy,       // try again: a limit is reached
	storage,    // the store could not be written or read
	kernel,     // nftables or netlink refused
	unavailable // the agent cannot be reached
};

struct Error {
	ErrorKind kind = ErrorKind::bad_input;
	std::string text;
	int saved_errno = 0;
};

template <class T> using Result = tl::expected<T, Error>;

// `return fail(ErrorKind::bad_input, "...")` from any function that returns a Result.
[[nodiscard]] inline tl::unexpected<Error> fail(ErrorKind kind, std::string text, int saved_errno = 0) {
	return tl::unexpected<Error>(Error{kind, std::move(text), saved_errno});
}
[[nodiscard]] inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

} // namespace gate25
