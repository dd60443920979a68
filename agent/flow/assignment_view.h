// SPDX-License-Identifier: GPL-2.0-or-later
//
// Assignments as the API shows them, and their end by the desk.
#pragma once

#include "flow/agent.h"
#include "flow/assignments.h"
#include "wire/subscriber_answers.h"

#include <functional>
#include <vector>

namespace gate25 {

// For one answer: what is said of the sources is as of its construction.
class AssignmentView {
public:
	explicit AssignmentView(Agent& agent);
	boost::json::object object(const Assignment& standing) const { return object({standing, false, false}); }
	boost::json::object object(const AssignmentRow& row) const;
	template <class Row> boost::json::array array(const std::vector<Row>& rows) const {
		boost::json::array array;
		for (const Row& one : rows) array.push_back(object(one));
		return array;
	}

private:
	Agent& agent_;
	std::vector<bool> silent_; // by rank
};

// Why there is nobody to ask who held what.
Error no_assignment_history(Agent& agent);
// By the word of their sources, at this moment.
void end_assignments(Agent& agent, const std::vector<Assignment>& standing, std::function<void(Result<void>)> done);

} // namespace gate25
