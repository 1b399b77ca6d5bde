// Process pools: when arguments are encoded, and what becomes of a pool where the encoding of a result, or its decoding
// in the parent, does what it should not.
//
// Method: scripts return traps, values whose encoding or decoding throws, or ends the process that does it. A trap
// counts when it springs here. Other tasks are pending before and behind, in the same child, until all were submitted.

#include <signal.h>

#include <process_fixtures.hpp>
#include <topics.hpp>

namespace touchstone {
namespace {

Task returns_trap(Trap::When when, Trap::Does does, int number = 42) {
  return Script{ReturnTrap{{when, does, number}}};
}

/// What becomes of the task, which is run between others in a pool of one child. Those must not notice.
Answer outcome_between_others(World& world, const Task& task) {
  const HeldChildren pool(world, 1);
  std::vector<FuturePointer> others = submit_all(pool.executor, returns(7), 2);
  const FuturePointer future = pool.executor.submit(task);
  for (const FuturePointer& behind : submit_all(pool.executor, returns(7), 2)) others.push_back(behind);
  (void)pool.release();
  Answer answer = future->result();
  for (const FuturePointer& other : others) EXPECT_TRUE(gives(other->result(), 7));
  EXPECT_TRUE(is_usable(pool.executor));
  return answer;
}

// ----------------------------------------------------------------------------- Encoding arguments

const TestCase submit_encodes_arguments{
    .name = "ProcessEncoding.submit_encodes_arguments",
    .requirement = verifies("PPE-024"),
    .shows = "what a task refers to is seen by it as it was when submit returned, although the task started later",
    .needs = {"future", "queue.unbounded"},
    .body = +[](World& world) {
      const HeldChildren pool(world, 1);
      const MarkPointer changes = world.mark("what the tasks refer to was changed");
      constexpr int calls = 10;
      const Task task = Script{ReturnHits{changes}};
      std::vector<FuturePointer> futures;
      for (int call = 0; call < calls; ++call) {
        futures.push_back(pool.executor.submit(task));
        changes->hit();
      }
      world.witness(task.runs() == 0, "all tasks were pending behind the only child when the last change was made");
      (void)pool.release();
      for (int call = 0; call < calls; ++call) {
        EXPECT_TRUE(gives(futures[static_cast<std::size_t>(call)]->result(), call));
      }
    }};

// -------------------------------------------------------------------------------- Encoding results

const TestCase whatever_encoding_throws_is_delivered{
    .name = "ProcessEncoding.whatever_encoding_throws_is_delivered",
    .requirement = verifies("PPE-037"),
    .shows = "a task whose result throws a number when it is encoded fails, and those before and behind it do not",
    .needs = {"queue.unbounded"},
    .body = +[](World& world) {
      const Task task = returns_trap(Trap::When::encoded, Trap::Does::throws_number);
      const Answer answer = outcome_between_others(world, task);
      EXPECT_TRUE(fails_alone(answer));
      world.witness(task.runs() == 1, "the task had run, and returned: " + answer.text);
    }};

const TestCase crash_in_encoding_breaks_the_pool{
    .name = "ProcessEncoding.crash_in_encoding_breaks_the_pool",
    .requirement = verifies("PPE-036"),
    .shows = "a child that crashes while it encodes a result breaks the pool",
    .needs = {"future"},
    .body = +[](World& world) {
      const Task deadly = returns_trap(Trap::When::encoded, Trap::Does::kills, SIGSEGV);
      expect_to_break(world, deadly);
      world.witness(deadly.runs() == 1, "the task had run, and nothing in it ends its process");
    }};

// -------------------------------------------------------------------------------- Decoding results

const TestCase undecodable_result_fails_alone{
    .name = "ProcessEncoding.undecodable_result_fails_alone",
    .requirement = verifies("PPE-029"),
    .shows = "a task whose result cannot be decoded here fails, and those before and behind it do not",
    .needs = {"queue.unbounded"},
    .body = +[](World& world) {
      const Answer answer = outcome_between_others(world, returns_trap(Trap::When::decoded, Trap::Does::throws_error));
      EXPECT_TRUE(fails_alone(answer));
      world.witness(Trap::sprung() > 0, "decoding the result had thrown in this process: " + answer.text);
    }};

/// A program that gets a result whose decoding throws, tells whether it did, and then what became of the pool.
void meet_trap(Subject& subject, const Pen& pen, Trap::Does does) {
  const std::unique_ptr<Executor> executor = subject.make({});
  const Answer answer = executor->submit(returns_trap(Trap::When::decoded, does))->result();
  pen.write(Trap::sprung() > 0 ? "sprung, " : "not sprung, ");
  if (is_fault(answer, Fault::broken)) {
    pen.write(is_broken(*executor) ? "broken" : "the future says broken, and the pool does not");
  } else if (fails_alone(answer)) {
    pen.write(is_usable(*executor) ? "usable" : "the future failed alone, and the pool is not usable");
  } else {
    pen.write(answer.to_string());
  }
}

const TestCase whatever_decoding_throws_is_survived{
    .name = "ProcessEncoding.whatever_decoding_throws_is_survived",
    .requirement = verifies("PPE-038"),
    .shows = "a program lives on in which decoding a result throws an error, or a number",
    .needs = {"future"},
    .body = +[](World& world) {
      Subject& subject = world.subject();
      for (const Trap::Does does : {Trap::Does::throws_error, Trap::Does::throws_number}) {
        const Ending ending = run_program([&](const Pen& pen) { meet_trap(subject, pen, does); });
        EXPECT_TRUE(ending.exited && ending.status == 0)
            << "the program ended with " << ending.status << " after it had written: " << ending.output;
        if (!ending.exited) continue;  // whether decoding had begun, nobody can tell
        world.witness(ending.output.starts_with("sprung, "), "decoding the result had thrown in the program");
        const bool usable = ending.output.ends_with(", usable");
        EXPECT_TRUE(usable || ending.output.ends_with(", broken")) << ending.output;
        world.choose(usable ? "the future of that task fails, and the pool stays usable" : "the pool breaks");
      }
    }};

}  // namespace

std::vector<TestCase> process_encoding_tests() {
  return {submit_encodes_arguments, whatever_encoding_throws_is_delivered, crash_in_encoding_breaks_the_pool,
          undecodable_result_fails_alone, whatever_decoding_throws_is_survived};
}

}  // namespace touchstone
