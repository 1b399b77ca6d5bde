// Where the sources of the suite's tests are, for links from a page.

#pragma once

#include <map>
#include <report/reports.hpp>
#include <string>

namespace touchstone::tool {

/// The files in which the tests of a run stand, as the tests name them ("suite/wait_test.cpp"), and the address of each
/// relative to the report's folder. What is not on this machine is left out.
[[nodiscard]] std::map<std::string, std::string> addresses_of_sources(const Report& report);

}  // namespace touchstone::tool
