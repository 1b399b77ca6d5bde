// The pages of page/, compiled in (embed.cmake), with places {{NAME}} for what they are to show.

#pragma once

#include <string>

namespace touchstone::tool {

/// page.html: the report of a run.
[[nodiscard]] std::string page_template();

/// comparison.html: two runs side by side.
[[nodiscard]] std::string comparison_template();

}  // namespace touchstone::tool
