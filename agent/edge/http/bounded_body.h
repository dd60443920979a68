// SPDX-License-Identifier: GPL-2.0-or-later
//
// The body of a request as Beast's parser fills it: what arrives is charged to the user who sends it, and
// when his share is used up the request fails, not the agent.
#pragma once

#include "edge/http/quota.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/buffer_traits.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/optional/optional.hpp>

#include <new>
#include <string>

namespace gate25 {

struct BoundedBody {
	struct value_type {
		std::string text;
		Loan* loan = nullptr;
	};

	static std::uint64_t size(const value_type& body) { return body.text.size(); }

	class reader {
	public:
		template <bool is_request, class Fields>
		reader(boost::beast::http::header<is_request, Fields>&, value_type& body) : body_(body) {}

		void init(const boost::optional<std::uint64_t>& announced, boost::system::error_code& error) {
			announced_ = static_cast<std::size_t>(announced.value_or(0)); // within the limit: the parser has looked
			error = {};
		}
		void finish(boost::system::error_code& error) { error = {}; }

		template <class Buffers> std::size_t put(const Buffers& buffers, boost::system::error_code& error) {
			const std::size_t size = boost::beast::buffer_bytes(buffers);
			error = make_error_code(boost::system::errc::not_enough_memory);
			if (!body_.loan->grow(size)) return 0;
			try {
				// A long body is not copied again and again; who only announces one gets no memory for it.
				if (body_.text.size() > long_body) body_.text.reserve(announced_);
				for (const boost::asio::const_buffer part : boost::beast::buffers_range_ref(buffers))
					body_.text.append(static_cast<const char*>(part.data()), part.size());
			} catch (const std::bad_alloc&) {
				return 0;
			}
			error = {};
			return size;
		}

	private:
		static constexpr std::size_t long_body = std::size_t{1} << 20U;

		value_type& body_;
		std::size_t announced_ = 0;
	};
};

} // namespace gate25
