// The exit codes that all commands share.

#pragma once

namespace touchstone::tool {

constexpr int exit_expected = 0;
constexpr int exit_unexpected = 1;  // fail, hung, crashed, unexpected pass, regression
constexpr int exit_inconclusive = 2;
constexpr int exit_harness_error = 3;
constexpr int exit_not_comparable = 4;
constexpr int exit_usage = 64;  // an empty selection included
constexpr int exit_interrupted = 130;

}  // namespace touchstone::tool
