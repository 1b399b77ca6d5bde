// The facts of the report's page: what can be read without JavaScript.

#pragma once

#include <report/reports.hpp>
#include <string>

namespace touchstone::tool {

/// What must be known before anything else is read: that the run is not whole.
[[nodiscard]] std::string banners_markup(const RunHeader& header);

/// A row for each subject: what was seen, and beside it, as large, in how much of the specification.
[[nodiscard]] std::string figures_markup(const Report& report);

/// The signs of the verdicts that the report has, and what the ids of requirements begin with.
[[nodiscard]] std::string legend_markup(const Report& report);

/// What is not as expected, what deviates and what is undecided, each with the requirement's title and the reason.
[[nodiscard]] std::string findings_markup(const Report& report);

/// Where the specification leaves a choice, what each subject was seen to do; first where they do different things.
[[nodiscard]] std::string choices_markup(const Report& report);

/// How the run was made, and with what; the badges.
[[nodiscard]] std::string run_markup(const Report& report);

}  // namespace touchstone::tool
