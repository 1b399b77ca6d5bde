// What the command says to who asks for the wrong thing: each message names it, and what would be right.

#include <results/exit_code.hpp>
#include <tests/command_fixture.hpp>

namespace touchstone::tool {
namespace {

TEST_F(Touchstone, ExplainsWhateverHasAName) {
  folder_.write("spec/differences.md", "# Differences\n\n**DIFF-01**: Python does otherwise. (FUT-002)\n");
  folder_.write("spec/requirements/future.toml",
                chapter_text(requirement_text("FUT-001", {"needs = [\"order.fifo\"]"}) +
                             requirement_text("FUT-002", {"difference = \"DIFF-01\""})));
  EXPECT_EQ(run({"explain", "fut-001"}), exit_expected) << printed_;
  EXPECT_TRUE(says("FUT-001  Title of FUT-001")) << printed_;
  EXPECT_EQ(run({"explain", "DIFF-01"}), exit_expected) << printed_;
  EXPECT_TRUE(says("Python does otherwise.")) << printed_;
  EXPECT_TRUE(says("FUT-002 MUST   core       Title of FUT-002\n1 requirement\n")) << printed_;
  EXPECT_EQ(run({"explain", "order.fifo"}), exit_expected) << printed_;
  EXPECT_TRUE(says("FUT-001 MUST   core       Title of FUT-001\n1 requirement\n")) << printed_;
  EXPECT_EQ(run({"explain", "core"}), exit_expected) << printed_;
  EXPECT_TRUE(says("2 requirements")) << printed_;
  EXPECT_EQ(run({"explain", "FUT"}), exit_expected) << printed_;
  EXPECT_TRUE(says("FUT  chapter Future\n\nAbout futures.")) << printed_;
  EXPECT_EQ(run({"explain", "nothing"}), exit_usage);
  EXPECT_TRUE(says("nothing is called nothing; the ids of requirements start with FUT")) << printed_;
  EXPECT_TRUE(says("`touchstone list` shows all requirements")) << printed_;
}

TEST_F(Touchstone, ExplainsATest) {
  EXPECT_EQ(finish(start({"explain", "Submit.is_refused_after_shutdown"})), exit_expected) << printed_;
  EXPECT_TRUE(says("submit throws after a shutdown that waited")) << printed_;
  EXPECT_TRUE(says("SUB-006  submit after shutdown throws")) << printed_;
}

TEST_F(Touchstone, SaysWhatASubjectIsToWhoGivesAnotherProgram) {
  EXPECT_EQ(run({"run", "/bin/true", "--output", output()}), exit_harness_error) << printed_;
  EXPECT_TRUE(says("is it an executable that touchstone_add_subject() makes (conformance/README.md)?")) << printed_;
}

TEST_F(Touchstone, SaysWhatABenchmarkIsToWhoGivesASubject) {
  EXPECT_EQ(finish(start({"bench", "run", folder_.fake_subject("failing")})), exit_harness_error) << printed_;
  EXPECT_TRUE(says("is none that measures one: those are in bin/bench")) << printed_;
  EXPECT_FALSE(says("Medians")) << printed_;
}

TEST_F(Touchstone, TriesWhereFiguresShallGoBeforeItMeasures) {
  EXPECT_EQ(finish(start({"bench", "run", "--json", "/proc/nowhere/figures.json"})), exit_harness_error) << printed_;
  EXPECT_TRUE(says("/proc/nowhere/figures.json cannot be written")) << printed_;
  EXPECT_TRUE(says("choose another with --json")) << printed_;
}

TEST_F(Touchstone, SaysWhichFoldersCanHaveMutants) {
  EXPECT_EQ(finish(start({"mutants", "--build-dir", "/nowhere"})), exit_usage) << printed_;
  EXPECT_TRUE(says("--build-dir: there is no folder /nowhere; name one that was configured and built")) << printed_;
  EXPECT_EQ(finish(start({"mutants", "--build-dir", folder_.path(), "--matrix", "/proc/matrix"})), exit_usage);
  EXPECT_TRUE(says("--matrix: /proc/matrix cannot be written")) << printed_;
  EXPECT_EQ(finish(start({"mutants", "--build-dir", folder_.path()})), exit_harness_error) << printed_;
  EXPECT_TRUE(says("--build-dir must name a folder in which Touchstone was configured")) << printed_;
}

}  // namespace
}  // namespace touchstone::tool
