// The examination of an adapter, step by step. Each step prints what it finds; what can be mended by its author is told
// apart from what the executor itself does wrong.

#pragma once

#include <doctor/examined_subject.hpp>
#include <doctor/findings.hpp>

namespace touchstone::tool {

/// What it says about itself. Returns whether it can be examined further.
[[nodiscard]] bool describes_itself(ExaminedSubject& subject, Findings& findings);
[[nodiscard]] bool lists_its_tests(ExaminedSubject& subject, Findings& findings);
void judge_reach(const ExaminedSubject& subject, Findings& findings);

/// Runs the simplest tests. Returns whether one passes.
[[nodiscard]] bool runs_a_task(ExaminedSubject& subject, Findings& findings);

/// Runs a few tests of each ability that it has. Whoever passes one of them has the ability; what else they show is the
/// executor's own fault.
void examine_abilities(ExaminedSubject& subject, Findings& findings);

/// What the executor may be able to do although the adapter does not say so.
void look_for_hidden_abilities(ExaminedSubject& subject, Findings& findings);
void look_for_unclaimed_profiles(const ExaminedSubject& subject, Findings& findings);

}  // namespace touchstone::tool
