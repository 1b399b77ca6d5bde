// TimeComparison: whether B takes longer than A, or less, or whether this machine cannot tell.
//
// In each round of a process A, B and A once more (A') were timed shortly after one another. Of a process counts the
// median of the quotients B/A of its rounds: it resists what else goes on. But where an executor's threads and memory
// come to lie lasts as long as a process, so that each of a process's rounds may be wrong in the same way: the unit of
// evidence is a fresh process. Over those, the median is the effect, and two of the figures in order are the ends of an
// interval that holds the true median with at least 95 % (exactly, of whatever distribution: so many of n tosses of
// a coin). A'/A, which is 1 in truth, goes the same way: what it shows is noise, and B must exceed it.

#pragma once

#include <bench/pairs.hpp>
#include <cstddef>
#include <string_view>
#include <vector>

namespace touchstone::tool {

enum class TimeChange { pass, improvement, regression, inconclusive };

[[nodiscard]] std::string_view name_of(TimeChange change);

/// A quotient of times: the median of the processes, and the ends of its interval.
struct Effect {
  double median = 1, least = 1, most = 1;
};

/// Of figures of processes, at least one. Of fewer than six the interval is all of them, and holds less than 95 %.
[[nodiscard]] Effect effect_of(std::vector<double> figures);

struct TimeComparison {
  TimeChange change = TimeChange::inconclusive;
  Effect effect;         // B/A
  Effect noise;          // A'/A
  double threshold = 0;  // by how much an interval must be above 1: the change that counts, or what noise shows
  double visible = 0;    // the change that would have been seen, with intervals as wide as these
  double a = 0, b = 0;   // nanoseconds a unit: medians of the medians
};

/// `counts`: by which part of A's time a change counts; 0.05 is 5 %. At least one process. Too much noise to see a
/// change that counts is never a pass.
[[nodiscard]] TimeComparison compare_times(const std::vector<PairedRun>& processes, double counts);

}  // namespace touchstone::tool
