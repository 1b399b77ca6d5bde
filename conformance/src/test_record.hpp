// TestRecord: what a running test has stated about itself, besides its assertions.
//
// A World writes it, and whoever ran the test reads it after the World is gone.

#pragma once

#include <mutex>
#include <string>
#include <vector>

namespace touchstone {

struct Witness {
  bool seen = false;
  std::string sentence;
};

/// Thread safety: all members may be called from any thread.
class TestRecord {
 public:
  void clear();
  void add_witness(bool seen, std::string sentence);
  void set_choice(std::string choice);

  [[nodiscard]] std::vector<Witness> witnesses() const;
  [[nodiscard]] std::string choice() const;

 private:
  mutable std::mutex mutex_;
  std::vector<Witness> witnesses_;
  std::string choice_;
};

/// The record of the test that this process runs: there is one test at a time in a process.
[[nodiscard]] TestRecord& test_record();

/// How much slower than usual this machine or build is: short watches become that much longer.
[[nodiscard]] double time_scale();
void set_time_scale(double scale);

}  // namespace touchstone
