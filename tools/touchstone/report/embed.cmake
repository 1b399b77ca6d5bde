# Writes a source file that holds the pages, each with its styles and scripts in it, so that the command needs no file
# beside it.
#   cmake -D FOLDER=page -D OUTPUT=page_templates.cpp -P embed.cmake

# The function NAME_template() in C++, which returns FOLDER/NAME.html.
function(embed name result)
  file(READ "${FOLDER}/${name}.html" page)
  string(REGEX MATCHALL "{{[a-z_]+[.](css|js)}}" places "${page}")
  foreach(place IN LISTS places)
    string(REGEX REPLACE "[{}]" "" file "${place}")
    file(READ "${FOLDER}/${file}" text)
    string(REPLACE "${place}" "${text}" page "${page}")
  endforeach()
  string(LENGTH "${page}" length)
  set(pieces "")
  set(at 0)
  # Compilers limit the length of one string literal.
  while(at LESS length)
    string(SUBSTRING "${page}" ${at} 8000 piece)
    string(APPEND pieces "      R\"PAGE(${piece})PAGE\",\n")
    math(EXPR at "${at} + 8000")
  endwhile()
  set(${result} "
std::string ${name}_template() {
  static constexpr std::string_view pieces[] = {
${pieces}  };
  std::string page;
  for (const std::string_view piece : pieces) page += piece;
  return page;
}
" PARENT_SCOPE)
endfunction()

embed(page page)
embed(comparison comparison)
file(WRITE "${OUTPUT}" "// Made from the files in report/page by embed.cmake.

#include <report/page_templates.hpp>

#include <string_view>

namespace touchstone::tool {
${page}${comparison}
}  // namespace touchstone::tool
")
