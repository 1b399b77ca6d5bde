// Done callbacks that throw: it is logged, and nobody else notices.
//
// Method: most futures are completed by the test itself, so that the completing thread is its own
// and "goes on as if nothing had been thrown" is seen at once.

#include <fixtures.hpp>
#include <topics.hpp>

namespace touchstone {
namespace {

using Entries = std::vector<std::string>;

Future::Callback writes_and_throws(const DiaryPointer& diary, const std::string& entry) {
  return [diary, entry](const FuturePointer&) {
    diary->write(entry);
    throw TaskError("thrown by callback " + entry);
  };
}

// An executor logs in its own words, so only what must be there is looked for: one record, with the
// exception where one can be carried.
void expect_logged_once(const LogBook& log, const std::string& text) {
  const std::vector<LogRecord> records = log.records();
  ASSERT_EQ(records.size(), 1U);
  if (records[0].error == nullptr) {
    EXPECT_FALSE(records[0].text.empty());
    return;
  }
  try {
    std::rethrow_exception(records[0].error);
  } catch (const std::exception& error) {
    EXPECT_EQ(error.what(), text);
  }
}

const TestCase logs_what_a_callback_throws_and_calls_the_next{
    .name = "CallbackErrors.logs_what_a_callback_throws_and_calls_the_next",
    .requirement = verifies("CBK-010"),
    .shows = "What the second of four callbacks throws is logged once, and the others are called.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const LogBook log(world);
      const Producer producer(world);
      const auto diary = std::make_shared<Diary>();
      producer.future->add_done_callback(writes(diary, "1"));
      producer.future->add_done_callback(writes_and_throws(diary, "2"));
      producer.future->add_done_callback(writes(diary, "3"));
      producer.future->add_done_callback(writes(diary, "4"));
      EXPECT_NO_THROW(producer.promise->set_result(1));
      EXPECT_EQ(diary->entries(), (Entries{"1", "2", "3", "4"}));
      expect_logged_once(log, "thrown by callback 2");
      world.witness(diary->entries().size() > 1, "the second of four callbacks threw");
    }};

const TestCase logs_each_callback_that_throws{
    .name = "CallbackErrors.logs_each_callback_that_throws",
    .requirement = verifies("CBK-010"),
    .shows = "Three callbacks that throw are all called, and logged one by one.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const LogBook log(world);
      const Producer producer(world);
      const auto diary = std::make_shared<Diary>();
      for (const char* entry : {"1", "2", "3"}) producer.future->add_done_callback(writes_and_throws(diary, entry));
      EXPECT_NO_THROW(producer.promise->set_exception(task_error("the task failed as well")));
      EXPECT_EQ(diary->entries(), (Entries{"1", "2", "3"}));
      EXPECT_EQ(log.records().size(), 3U);
      world.witness(!diary->entries().empty(), "three callbacks threw, after a task that had failed");
    }};

const TestCase logs_what_a_callback_throws_in_cancel{
    .name = "CallbackErrors.logs_what_a_callback_throws_in_cancel",
    .requirement = verifies("CBK-010"),
    .shows = "What a callback throws during cancel() is logged, and does not leave cancel().",
    .needs = {"future.cancel", "promise"},
    .body = +[](World& world) {
      const LogBook log(world);
      const Producer producer(world);
      const auto diary = std::make_shared<Diary>();
      producer.future->add_done_callback(writes_and_throws(diary, "1"));
      producer.future->add_done_callback(writes(diary, "2"));
      bool cancelled = false;
      EXPECT_NO_THROW(cancelled = producer.future->cancel());
      EXPECT_EQ(diary->entries(), (Entries{"1", "2"}));
      expect_logged_once(log, "thrown by callback 1");
      world.witness(cancelled, "the first of two callbacks threw when the future was cancelled");
    }};

const TestCase logs_what_a_callback_throws_on_a_worker{
    .name = "CallbackErrors.logs_what_a_callback_throws_on_a_worker",
    .requirement = verifies("CBK-010"),
    .shows = "What a callback throws on a worker is logged, the next one is called, and the worker goes on.",
    .needs = {"workers.limit", "workers.threads"},
    .body = +[](World& world) {
      const LogBook log(world);
      const HeldPool pool(world);
      const auto diary = std::make_shared<Diary>();
      const MarkPointer called = world.mark("the second callback");
      pool.running->add_done_callback(writes_and_throws(diary, "1"));
      pool.running->add_done_callback([called](const FuturePointer&) { called->hit(); });
      pool.gate->open();
      called->await();
      EXPECT_TRUE(gives(pool.executor.submit(returns(2))->result(), 2));
      world.destroy(pool.executor);  // after that no worker can still be about to log
      expect_logged_once(log, "thrown by callback 1");
      world.witness(diary->entries() == Entries{"1"}, "the first of two callbacks threw on a worker");
    }};

const TestCase keeps_what_a_late_callback_throws_from_its_author{
    .name = "CallbackErrors.keeps_what_a_late_callback_throws_from_its_author",
    .requirement = verifies("CBK-011"),
    .shows = "What a callback throws that is registered with a done future does not leave the registration.",
    .needs = {"future.shared"},
    .body = +[](World& world) {
      const FuturePointer future = world.make().submit(returns(1));
      const auto diary = std::make_shared<Diary>();
      const bool done = future->result().has_value();
      EXPECT_NO_THROW(future->add_done_callback(writes_and_throws(diary, "late")));
      world.witness(done && !diary->entries().empty(), "a late callback was called and threw");
    }};

const TestCase logs_what_a_late_callback_throws{
    .name = "CallbackErrors.logs_what_a_late_callback_throws",
    .requirement = verifies("CBK-010"),
    .shows = "What a late callback throws is logged once, and the next late one is called.",
    .needs = {"promise"},
    .body = +[](World& world) {
      const LogBook log(world);
      const Producer producer(world);
      const auto diary = std::make_shared<Diary>();
      producer.promise->set_result(1);
      EXPECT_NO_THROW(producer.future->add_done_callback(writes_and_throws(diary, "late")));
      EXPECT_NO_THROW(producer.future->add_done_callback(writes(diary, "later")));
      EXPECT_EQ(diary->entries(), (Entries{"late", "later"}));
      expect_logged_once(log, "thrown by callback late");
      world.witness(!diary->entries().empty(), "a late callback threw");
    }};

Future::Callback writes_and_throws_an_int(const DiaryPointer& diary, const std::string& entry) {
  return [diary, entry](const FuturePointer&) {
    diary->write(entry);
    throw 42;
  };
}

const TestCase logs_what_is_no_exception{.name = "CallbackErrors.logs_what_is_no_exception",
                                         .requirement = verifies("CBK-010"),
                                         .shows = "An int that a callback throws is logged once.",
                                         .needs = {"closures", "promise"},
                                         .body = +[](World& world) {
                                           const LogBook log(world);
                                           const Producer producer(world);
                                           const auto diary = std::make_shared<Diary>();
                                           producer.future->add_done_callback(writes_and_throws_an_int(diary, "int"));
                                           producer.promise->set_result(1);
                                           EXPECT_EQ(log.records().size(), 1U);
                                           world.witness(diary->entries() == Entries{"int"}, "a callback threw an int");
                                         }};

const TestCase contains_what_is_no_exception{
    .name = "CallbackErrors.contains_what_is_no_exception",
    .requirement = verifies("CBK-013"),
    .shows = "An int that a callback throws leaves neither set_result(), nor cancel(), nor a late registration.",
    .needs = {"closures", "future.cancel", "promise"},
    .body = +[](World& world) {
      const Producer set(world), cancelled(world), late(world);
      const auto diary = std::make_shared<Diary>();
      for (const Producer& producer : {set, cancelled}) {
        producer.future->add_done_callback(writes_and_throws_an_int(diary, "int"));
        producer.future->add_done_callback(writes(diary, "next"));
      }
      EXPECT_NO_THROW(set.promise->set_result(1));
      EXPECT_NO_THROW((void)cancelled.future->cancel());
      late.promise->set_result(1);
      EXPECT_NO_THROW(late.future->add_done_callback(writes_and_throws_an_int(diary, "late")));
      EXPECT_EQ(diary->entries(), (Entries{"int", "next", "int", "next", "late"}));
      world.witness(!diary->entries().empty(),
                    "callbacks threw an int in set_result, in cancel and when registered late");
    }};

const TestCase keeps_the_worker_when_an_int_is_thrown{
    .name = "CallbackErrors.keeps_the_worker_when_an_int_is_thrown",
    .requirement = verifies("CBK-013"),
    .shows = "After a callback has thrown an int on the only worker, the next callback and the next task are run.",
    .needs = {"closures", "workers.limit", "workers.threads"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const auto diary = std::make_shared<Diary>();
      const MarkPointer called = world.mark("the second callback");
      pool.running->add_done_callback(writes_and_throws_an_int(diary, "int"));
      pool.running->add_done_callback([called](const FuturePointer&) { called->hit(); });
      pool.gate->open();
      called->await();
      EXPECT_TRUE(gives(pool.executor.submit(returns(2))->result(), 2));
      world.witness(diary->entries() == Entries{"int"}, "a callback threw an int on the only worker");
    }};

struct Wordless : std::exception {
  [[nodiscard]] const char* what() const noexcept override { return nullptr; }
};

const TestCase logs_what_has_no_text{.name = "CallbackErrors.logs_what_has_no_text",
                                     .requirement = verifies("CBK-010"),
                                     .shows = "an exception whose what() is null is logged as any other",
                                     .needs = {"promise"},
                                     .body = +[](World& world) {
                                       const LogBook log(world);
                                       const Producer producer(world);
                                       bool called = false;
                                       producer.future->add_done_callback([&called](const FuturePointer&) {
                                         called = true;
                                         throw Wordless();
                                       });
                                       EXPECT_NO_THROW(producer.promise->set_result(1));
                                       EXPECT_EQ(log.records().size(), 1U);
                                       world.witness(called, "a callback threw an exception whose what() is null");
                                     }};

}  // namespace

std::vector<TestCase> callback_errors_tests() {
  return {logs_what_has_no_text,
          logs_what_a_callback_throws_and_calls_the_next,
          logs_each_callback_that_throws,
          logs_what_a_callback_throws_in_cancel,
          logs_what_a_callback_throws_on_a_worker,
          keeps_what_a_late_callback_throws_from_its_author,
          logs_what_a_late_callback_throws,
          logs_what_is_no_exception,
          contains_what_is_no_exception,
          keeps_the_worker_when_an_int_is_thrown};
}

}  // namespace touchstone
