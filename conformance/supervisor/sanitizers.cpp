// What the sanitizers must be told, in the builds that have them.

/// ThreadSanitizer does not see the reference counts of exceptions: they are kept inside of the standard library, which
/// is not instrumented. So a thread that handles an exception seems to race with the one that frees it later.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
  return "race:std::__exception_ptr::exception_ptr::_M_release\n";
}
