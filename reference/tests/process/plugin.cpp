// A module that a program loads while it runs.

extern "C" int thrice(int number) { return 3 * number; }
