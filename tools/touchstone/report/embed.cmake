# Writes a source file that holds page.html, so that the command needs no file beside it.
#   cmake -D INPUT=page.html -D OUTPUT=page_template.cpp -P embed.cmake

file(READ "${INPUT}" page)
string(LENGTH "${page}" length)
set(pieces "")
set(at 0)
# Compilers limit the length of one string literal.
while(at LESS length)
  string(SUBSTRING "${page}" ${at} 8000 piece)
  string(APPEND pieces "      R\"PAGE(${piece})PAGE\",\n")
  math(EXPR at "${at} + 8000")
endwhile()
file(WRITE "${OUTPUT}" "// Made from page.html by embed.cmake.

#include <report/page_template.hpp>

#include <string_view>

namespace touchstone::tool {

std::string page_template() {
  static constexpr std::string_view pieces[] = {
${pieces}  };
  std::string page;
  for (const std::string_view piece : pieces) page += piece;
  return page;
}

}  // namespace touchstone::tool
")
