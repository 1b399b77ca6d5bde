// What the shared library has that links a copy of its own.

#pragma once

int workers_of_second_copy();
