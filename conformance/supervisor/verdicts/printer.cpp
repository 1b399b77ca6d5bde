// Prints verdicts, or lines for the program that reads them.

#include <unistd.h>

#include <cstdio>
#include <stdexcept>
#include <supervisor/verdicts/printer.hpp>
#include <utility>

namespace touchstone::supervisor {

void print(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    throw std::runtime_error("what was found cannot be written to the standard output");
  }
}

void complain(const std::string& text) { std::fprintf(stderr, "touchstone: %s\n", text.c_str()); }

Printer::Printer(PrinterOptions options, const Description& description)
    : options_(std::move(options)), digest_(options_.strict), summary_(description), exit_code_(options_.strict) {}

void Printer::print_verdict(const Verdict& verdict) {
  if (options_.lines) {
    print(to_line(verdict) + "\n");
  } else if (options_.verbose) {
    print(to_text(verdict));
  } else {
    digest_.add(verdict);
    show_progress(verdict);
  }
  summary_.add(verdict);
  exit_code_.add(verdict);
}

void Printer::show_progress(const Verdict& verdict) {
  ++verdicts_;
  if (isatty(STDERR_FILENO) == 0) return;
  std::fprintf(stderr, "\r\033[K%zu of %zu  %s\r", verdicts_, options_.tests, std::string(verdict.test->name).c_str());
}

int Printer::finish() {
  if (verdicts_ > 0 && isatty(STDERR_FILENO) == 1) std::fputs("\033[K", stderr);
  if (!options_.lines) print(digest_.text() + summary_.text(!options_.selected));
  if (!digest_.empty()) print("all of a fault: " + options_.program + " --run TEST; of all tests: --verbose\n");
  return exit_code_.value();
}

}  // namespace touchstone::supervisor
