#pragma once

// Declares the types that a program's own headers often name; cheap to include.

namespace weir {

class Dataflow;
class Flags;
class OnBadRecord;
class RunHandle;
class Timers;
struct BadRecord;
struct OpenContext;
struct RunOptions;
struct RunReport;
struct Window;
struct WorkerContext;

template <typename T>
class Stream;
template <typename T>
class Emit;
template <typename K, typename Out>
class KeyedEmit;
template <typename T>
class SourcePartition;
template <typename T>
class SinkPartition;
template <typename T>
class TransactionalPartition;
template <typename R>
struct InWindow;
template <typename Item>
struct Failed;

}  // namespace weir
