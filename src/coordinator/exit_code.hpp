#pragma once

namespace weir {

/// What a program exits with; of a `RecoveryError` it is `recovery::exit_code`.
enum ExitCode : int { kDoneExit = 0, kFailedExit = 1, kUsageExit = 2, kCutExit = 3 };

}  // namespace weir
