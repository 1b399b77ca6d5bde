#include <specification/deviations.hpp>

namespace touchstone::tool {

std::vector<Deviation> read_deviations(const std::filesystem::path& file, const std::string& shown) {
  std::vector<Deviation> deviations;
  TomlTable root = TomlTable::parse_file(file, shown);
  for (TomlTable& table : root.tables("deviation")) {
    Deviation deviation{table.text("requirement"), table.text_or("test", ""), table.text("fingerprint"),
                        table.text("reason"),      table.text_or("link", ""), table.place()};
    // Which versions of the subject deviate; the supervisor decides by it, here only its form matters.
    static_cast<void>(table.text_or("versions", ""));
    if (const std::string reproduces = table.text_or("reproduces", "sometimes"); reproduces != "sometimes") {
      table.fail("reproduces", "can only be \"sometimes\", for faults that need luck; leave it out for others");
    }
    table.finish();
    if (deviation.reason.empty()) table.fail("reason", "is empty; say why the subject deviates");
    if (deviation.fingerprint.empty()) table.fail("fingerprint", "is empty; give a part of the failure's fingerprint");
    deviations.push_back(std::move(deviation));
  }
  root.finish();
  return deviations;
}

}  // namespace touchstone::tool
