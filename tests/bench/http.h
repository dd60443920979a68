// SPDX-License-Identifier: GPL-2.0-or-later
//
// One connection to a socket of the agent, kept open: a request, the whole answer, the next request.
#pragma once

#include <string>

namespace bench {

class Http {
public:
	// Ends the program when nobody listens there.
	explicit Http(const std::string& socket);
	Http(const Http&) = delete;
	Http& operator=(const Http&) = delete;
	~Http();
	// The body of the answer; ends the program unless its status is 200.
	std::string post(const std::string& target, const std::string& type, const std::string& body);

private:
	void write_all(const std::string& text) const;
	std::string read_answer();
	int fd_ = -1;
	std::string left_; // read, and of the next answer
};

} // namespace bench
