// Badge: what a run says of a subject, as a small picture for the subject's README.

#pragma once

#include <report/reports.hpp>
#include <string>

namespace touchstone::tool {

/// The name of its file: badge-reference.svg.
[[nodiscard]] std::string badge_file(const SubjectResult& subject);

/// The conformance sentence as SVG. It has its own ground, so that it can be read on any.
[[nodiscard]] std::string badge_svg(const Report& report, const Assessment& assessment);

/// The line of Markdown that shows it where its file lies beside the document.
[[nodiscard]] std::string badge_markdown(const Report& report, const Assessment& assessment);

}  // namespace touchstone::tool
