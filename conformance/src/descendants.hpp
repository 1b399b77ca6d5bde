// Which processes descend from that of the test: see descendants() in touchstone/test.hpp.

#pragma once

namespace touchstone {

/// To be called when the test begins: those that are there now are not counted later.
void note_descendants();

}  // namespace touchstone
