#pragma once

#include <functional>

#include "weir/dataflow.hpp"
#include "weir/flags.hpp"
#include "weir/run.hpp"

namespace weir {

/// The whole of `main`: reads the command line, builds the dataflow, runs it, and answers with the exit code.
///
/// SIGINT and SIGTERM stop the run: it takes no more input and puts out what was read; a second one cuts it off. They
/// are heard from the first moment to the last. While the dataflow is built and its files are opened nothing is read
/// yet, so the program ends within a second, also where an `open` blocks. Code that never returns is left where it is:
/// the program then ends with 3.
///
/// Whatever goes wrong becomes one line on standard error. Where that cannot be written the exit code stays the same.
/// Only this function touches signals; logs go to standard error.
/// @param build  makes the dataflow once the flags are known
/// @return  0 done or drained; 1 failed, also where the dataflow cannot be built; 2 the command line or an input named
///          on it cannot be right; 3 stopped before all was emitted; 4 the recovery
///          directory cannot be written; 5 another run uses it; 6 what it holds is refused: it does not fit, or is
///          damaged
int run_main(Flags& flags, int argc, const char* const* argv, const std::function<Dataflow()>& build);

/// The same for a program without flags of its own.
int run_main(Dataflow flow, int argc, const char* const* argv);

}  // namespace weir
