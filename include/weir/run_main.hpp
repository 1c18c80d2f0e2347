#pragma once

#include <functional>

#include "weir/dataflow.hpp"
#include "weir/flags.hpp"
#include "weir/run.hpp"

namespace weir {

/// The whole of `main`: reads the command line, builds the dataflow, runs it, and returns the exit code.
///
/// SIGINT and SIGTERM stop the run: it takes no more input and emits all that it has read. A second signal cuts it off.
/// The function handles them from its first moment to its last. While it builds the dataflow and opens files, nothing
/// has been read, so the program ends within a second, even if an `open` blocks. Code that never returns is abandoned:
/// the program then ends with 3.
///
/// SIGHUP is ignored, so a terminal that disappears does not end the run.
///
/// Each error becomes one line on standard error. If that line cannot be written, the exit code stays the same. Only
/// this function touches signals; logs go to standard error.
/// @param build  makes the dataflow once the flags are known
/// @return  0 done or drained; 1 failed, also where the dataflow cannot be built; 2 invalid command line or input named
///          on it; 3 stopped before all was emitted; 4 the recovery directory cannot be written; 5 another run uses it;
///          6 weir refuses its content, since it does not match the dataflow or is damaged
int run_main(Flags& flags, int argc, const char* const* argv, const std::function<Dataflow()>& build);

/// The same for a program without flags of its own.
int run_main(Dataflow flow, int argc, const char* const* argv);

}  // namespace weir
