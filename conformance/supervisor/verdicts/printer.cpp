// Prints verdicts, or lines for the program that reads them.

#include <cstdio>
#include <stdexcept>
#include <supervisor/verdicts/printer.hpp>

namespace touchstone::supervisor {

void print(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    throw std::runtime_error("what was found cannot be written to the standard output");
  }
}

void complain(const std::string& text) { std::fprintf(stderr, "touchstone: %s\n", text.c_str()); }

Printer::Printer(PrinterOptions options, const Description& description)
    : options_(options), summary_(description), exit_code_(options.strict) {}

void Printer::print_verdict(const Verdict& verdict) {
  print(options_.lines ? to_line(verdict) + "\n" : to_text(verdict));
  summary_.add(verdict);
  exit_code_.add(verdict);
}

int Printer::finish() {
  if (!options_.lines) print(summary_.text(!options_.selected));
  return exit_code_.value();
}

}  // namespace touchstone::supervisor
