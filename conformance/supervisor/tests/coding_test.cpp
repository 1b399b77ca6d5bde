// How tasks travel: what is written down is read again, and nothing else is taken for it.

#include <gtest/gtest.h>

#include <limits>
#include <src/coding.hpp>
#include <stdexcept>
#include <string>
#include <touchstone/task.hpp>

namespace touchstone {
namespace {

std::string written(const Script& script) {
  Writer writer;
  writer.script(script);
  return writer.take();
}

TEST(Coding, ValuesComeBack) {
  for (const Value& value : {Value(), Value(0), Value(-1), Value(std::numeric_limits<std::int64_t>::min()), Value(""),
                             Value("5:] -"), Value(std::string("\0\n\xff", 3))}) {
    EXPECT_EQ(Value::decode(value.encode()), value) << value.encode();
  }
}

TEST(Coding, ObjectsAndClosuresDoNotTravel) {
  EXPECT_THROW((void)Value(std::make_shared<int>(1)).encode(), std::logic_error);
  EXPECT_THROW((void)Task([] { return 1; }).encode(), std::logic_error);
  EXPECT_THROW((void)Function([](const std::vector<Value>&) { return Value(1); }).encode(), std::logic_error);
}

TEST(Coding, TrapsSpringOnceTheyTravel) {
  const Value encoded(Trap{Trap::When::encoded, Trap::Does::throws_number, 3});
  EXPECT_THROW((void)encoded.encode(), int);
  EXPECT_EQ(Trap::sprung(), 1);
  const std::string decoded = Value(Trap{Trap::When::decoded, Trap::Does::throws_error, 4}).encode();
  EXPECT_EQ(decoded, "!error 4");
  EXPECT_THROW((void)Value::decode(decoded), std::runtime_error);
  EXPECT_THROW((void)Value::decode("!number 5"), int);
  EXPECT_EQ(Trap::sprung(), 3);
  EXPECT_THROW((void)Value::decode("!jump 5"), std::runtime_error);
  EXPECT_EQ(Trap::sprung(), 3);
}

TEST(Coding, HitsAreCountedWhenTheyAreWritten) {
  const auto mark = std::make_shared<Mark>("mark");
  mark->hit();
  const std::string text = written({ReturnHits{mark}});
  mark->hit();
  EXPECT_EQ(text, "ret 1");
  EXPECT_EQ(Task(Script{ReturnHits{mark}})(), Value(2));
}

TEST(Coding, EveryOperationComesBack) {
  const auto gate = std::make_shared<Gate>("gate");
  const auto mark = std::make_shared<Mark>("mark");
  const auto notes = std::make_shared<Notes>();
  const Script script{For{"a b", {Unless{Value(), {Throw{"no ]"}}}, ReturnArgument{}}},
                      OnHit{mark, 2, {}},
                      Pass{gate},
                      Hit{mark},
                      Note{notes, -3},
                      Note{notes},
                      Count{},
                      Print{"two words\n"},
                      ThrowNumber{7},
                      Ignore{15},
                      ThrowUnknown{"x"},
                      ThrowData{"x"},
                      ThrowCode{2},
                      ThrowFrom{"y", {ThrowNumber{1}}},
                      ReturnObject{},
                      ReturnTrap{{Trap::When::encoded, Trap::Does::kills, 9}},
                      ReturnTrap{{Trap::When::decoded, Trap::Does::throws_number, 1}},
                      ReturnStart{},
                      Exit{3},
                      Kill{9},
                      ReturnCount{},
                      ReturnProcess{},
                      ReturnSum{-4},
                      ReturnArguments{},
                      ReturnIncreased{std::make_shared<std::int64_t>(-8)},
                      CallInherited([] { return Value(1); }),
                      HitWhenReleased{mark},
                      Return{"end"}};
  const std::string text = written(script);
  const std::string places[] = {std::to_string(gate->place()), std::to_string(mark->place()),
                                std::to_string(notes->place())};
  EXPECT_EQ(text, "for 3:a b [ unless - [ throw 4:no ] ] echo ] on_hit " + places[1] + " 2 [ ] gate " + places[0] +
                      " mark " + places[1] + " note " + places[2] + " -3 note " + places[2] +
                      " - count print 10:two words\n throw_number 7 ignore 15 throw_unknown 1:x throw_data 1:x "
                      "throw_code 2 throw_from 1:y "
                      "[ throw_number 1 ] object trap encoded signal 9 trap decoded number 1 started exit 3 kill 9 "
                      "counted pid sum -4 all increased -8 inherited 0 hit_when_released " +
                      places[1] + " ret 3:end");
  EXPECT_EQ(written(Reader(text).script()), text);
}

TEST(Coding, ADecodedTaskSeesTheSameGatesAndCounts) {
  const auto gate = std::make_shared<Gate>("gate");
  const auto mark = std::make_shared<Mark>("mark");
  const Task task = Script{Pass{gate}, OnHit{mark, 2, {Return{"second"}}}, Return{"first"}};
  const Task copy = Task::decode(task.encode());
  gate->open();
  EXPECT_EQ(copy(), Value("first"));
  EXPECT_EQ(copy(), Value("second"));
  EXPECT_EQ(gate->arrivals(), 2);
  EXPECT_EQ(mark->count(), 2);
  EXPECT_EQ(task.runs(), 2);
}

TEST(Coding, FunctionsTakeArguments) {
  const Function function = Function::decode(Function(Script{For{1, {Return{"one"}}}, ReturnSum{}}).encode());
  EXPECT_EQ(function({1, 5}), Value("one"));
  EXPECT_EQ(function({2, 5}), Value(7));
}

TEST(Coding, ADecodedTaskHasNumbersOfItsOwn) {
  const auto number = std::make_shared<std::int64_t>(41);
  const Task task = Script{ReturnIncreased{number}};
  EXPECT_EQ(Task::decode(task.encode())(), Value(42));
  EXPECT_EQ(*number, 41);
  EXPECT_EQ(task(), Value(42));
  EXPECT_EQ(*number, 42);
}

TEST(Coding, ADecodedTaskTellsWhenItIsReleased) {
  const auto mark = std::make_shared<Mark>("released");
  const std::string text = Task(Script{HitWhenReleased{mark}}).encode();
  EXPECT_EQ(mark->count(), 0);
  {
    const Task task = Task::decode(text);
    (void)task();
    EXPECT_EQ(mark->count(), 0);
  }
  EXPECT_EQ(mark->count(), 1);
}

TEST(Coding, OnlyClosuresThatWereMadeAreCalled) {
  EXPECT_EQ(Task::decode(Task(Script{CallInherited([] { return Value("called"); })}).encode())(), Value("called"));
  const Function unknown = Function::decode("inherited 99999");
  EXPECT_THROW((void)unknown({}), std::runtime_error);
}

TEST(Coding, FunctionsReturnAllTheirArguments) {
  EXPECT_EQ(Function(Script{ReturnArguments{}})({1, "a b", Value()}), Value("1 3:a b -"));
}

TEST(Coding, NothingElseIsTakenForIt) {
  for (const std::string text :
       {"jump", "undecodable", "ret", "ret x", "throw 5:four", "for 1 ret 2", "for 1 [ echo", "gate 0", "gate 3",
        "trap 1", "trap decoded jump 1", "mark 99999999999999", "sum 1x", "echo ]"}) {
    EXPECT_ANY_THROW((void)Function::decode(text)) << text;
  }
  try {
    (void)Function::decode("echo jump 3");
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("at byte 9"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace touchstone
