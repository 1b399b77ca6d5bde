// The text of page.html, compiled in (embed.cmake).

#pragma once

#include <string>

namespace touchstone::tool {

[[nodiscard]] std::string page_template();

}  // namespace touchstone::tool
