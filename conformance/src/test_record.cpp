// The record of the one test that runs in this process.

#include <atomic>
#include <src/test_record.hpp>
#include <utility>

namespace touchstone {

void TestRecord::clear() {
  const std::lock_guard lock(mutex_);
  witnesses_.clear();
  choice_.clear();
}

void TestRecord::add_witness(bool seen, std::string sentence) {
  const std::lock_guard lock(mutex_);
  witnesses_.push_back({seen, std::move(sentence)});
}

void TestRecord::set_choice(std::string choice) {
  const std::lock_guard lock(mutex_);
  choice_ = std::move(choice);
}

std::vector<Witness> TestRecord::witnesses() const {
  const std::lock_guard lock(mutex_);
  return witnesses_;
}

std::string TestRecord::choice() const {
  const std::lock_guard lock(mutex_);
  return choice_;
}

TestRecord& test_record() {
  // Never destroyed: threads that a subject leaves behind may still write while the process ends.
  static TestRecord* const record = new TestRecord;
  return *record;
}

namespace {
std::atomic<double> scale_of_this_process = 1;
}

double time_scale() { return scale_of_this_process; }

void set_time_scale(double scale) { scale_of_this_process = scale; }

}  // namespace touchstone
