// Stands between the process and the C library: the linker binds all calls to these functions, those of libraries too.

#include "recovery/file_faults.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <mutex>
#include <utility>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

namespace weir::recovery_tests {
namespace {

/// The function of the same name that comes next: the C library's, or a sanitizer's.
template <typename Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

using Open = int(const char*, int, ...);
using Write = ssize_t(int, const void*, size_t);
using WriteAt = ssize_t(int, const void*, size_t, off_t);
using Truncate = int(int, off_t);
using Sync = int(int);
using Rename = int(const char*, const char*);
using Remove = int(const char*);
using MakeDirectory = int(const char*, mode_t);

/// What is watched. Changed by `watch_files` alone, before threads are there.
struct Watch {
  std::string directory;
  FileFault fault;
  int record = -1;
};

Watch& watch() {
  static Watch watched;
  return watched;
}

std::atomic<std::uint64_t> calls{0};

// Calls and their records come in one order.
std::mutex& order() {
  static std::mutex mutex;
  return mutex;
}

// The path below the watched directory; nothing for others.
std::optional<std::string> below(const std::string& path) {
  const std::string& directory = watch().directory;
  if (directory.empty() || !path.starts_with(directory)) {
    return std::nullopt;
  }
  return path.substr(std::min(directory.size() + 1, path.size()));
}

std::optional<std::string> below(int descriptor) {
  if (watch().directory.empty()) {
    return std::nullopt;
  }
  std::array<char, 4096> path{};
  const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
  const ssize_t size = ::readlink(link.c_str(), path.data(), path.size());
  return size > 0 ? below(std::string{path.data(), static_cast<std::size_t>(size)}) : std::nullopt;
}

void put(std::string& text, const std::string& bytes) {
  const std::uint64_t size = bytes.size();
  text.append(reinterpret_cast<const char*>(&size), sizeof(size));
  text += bytes;
}

void record(const FileCall& call) {
  if (watch().record >= 0) {
    std::string line{static_cast<char>(call.kind)};
    line.append(reinterpret_cast<const char*>(&call.offset), sizeof(call.offset));
    put(line, call.path);
    put(line, call.to);
    put(line, call.bytes);
    static const auto write_through = next<Write>("write");
    static_cast<void>(write_through(watch().record, line.data(), line.size()));
  }
}

/// Makes the call, or lets the fault befall it.
/// @param half  does half of it
template <typename Result>
Result make(const FileCall& call, const std::function<Result()>& whole, const std::function<void()>& half = {}) {
  using Kind = FileFault::Kind;
  const std::scoped_lock lock{order()};
  const FileFault& fault = watch().fault;
  const std::uint64_t number = calls.fetch_add(1, std::memory_order_relaxed) + 1;
  if (number == fault.at && fault.kind == Kind::kKill) {
    ::raise(SIGKILL);
  }
  if (number == fault.at && fault.kind == Kind::kKillHalf) {
    half ? half() : static_cast<void>(whole());
    ::raise(SIGKILL);
  }
  const bool writes = call.kind == FileCall::Kind::kWrite || call.kind == FileCall::Kind::kSync ||
                      call.kind == FileCall::Kind::kTruncate || call.kind == FileCall::Kind::kCreate;
  if ((number == fault.at && fault.kind == Kind::kFail) ||
      (number >= fault.at && fault.kind == Kind::kFailAll && writes)) {
    errno = fault.error;
    return static_cast<Result>(-1);
  }
  const Result result = whole();
  if (result >= 0) {
    record(call);
  }
  return result;
}

FileCall write_call(const std::string& path, const void* bytes, size_t size, off_t offset) {
  return {.kind = FileCall::Kind::kWrite,
          .path = path,
          .to = {},
          .offset = static_cast<std::uint64_t>(offset),
          .bytes = std::string{static_cast<const char*>(bytes), size}};
}

FileCall simple_call(FileCall::Kind kind, const std::string& path, std::uint64_t offset = 0) {
  return {.kind = kind, .path = path, .to = {}, .offset = offset, .bytes = {}};
}

ssize_t write_at(const char* name, int descriptor, const void* bytes, size_t size, off_t offset) {
  const auto real = next<WriteAt>(name);
  const std::optional<std::string> path = below(descriptor);
  if (!path) {
    return real(descriptor, bytes, size, offset);
  }
  return make<ssize_t>(
      write_call(*path, bytes, size, offset), [=] { return real(descriptor, bytes, size, offset); },
      [=] { static_cast<void>(real(descriptor, bytes, size / 2, offset)); });
}

int truncate_to(const char* name, int descriptor, off_t length) {
  const auto real = next<Truncate>(name);
  const std::optional<std::string> path = below(descriptor);
  return path ? make<int>(simple_call(FileCall::Kind::kTruncate, *path, static_cast<std::uint64_t>(length)),
                          [=] { return real(descriptor, length); })
              : real(descriptor, length);
}

int sync(const char* name, int descriptor) {
  const auto real = next<Sync>(name);
  const std::optional<std::string> path = below(descriptor);
  return path ? make<int>(simple_call(FileCall::Kind::kSync, *path), [=] { return real(descriptor); })
              : real(descriptor);
}

int open_file(const char* name, const char* path, int flags, mode_t mode) {
  const auto real = next<Open>(name);
  const std::optional<std::string> watched = below(std::string{path});
  struct stat status{};
  const bool there = ::stat(path, &status) == 0;
  if (watched && (flags & O_CREAT) != 0 && !there) {
    return make<int>(simple_call(FileCall::Kind::kCreate, *watched), [=] { return real(path, flags, mode); });
  }
  if (watched && (flags & O_TRUNC) != 0 && there) {
    return make<int>(simple_call(FileCall::Kind::kTruncate, *watched), [=] { return real(path, flags, mode); });
  }
  return real(path, flags, mode);
}

mode_t mode_of(int flags, std::va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? static_cast<mode_t>(va_arg(arguments, int)) : mode_t{0};
}

}  // namespace

void watch_files(const std::string& directory, const FileFault& fault, const std::string& record) {
  Watch& watched = watch();
  watched.fault = fault;
  watched.record =
      record.empty() ? -1 : ::open(record.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
  watched.directory = directory;
  calls.store(0);
}

std::uint64_t file_calls() { return calls.load(); }

std::vector<FileCall> read_record(const std::string& record) {
  std::ifstream file{record, std::ios::binary};
  const auto take = [&file] {
    std::uint64_t size = 0;
    file.read(reinterpret_cast<char*>(&size), sizeof(size));
    std::string bytes(file ? size : 0, '\0');
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return bytes;
  };
  std::vector<FileCall> recorded;
  for (int kind = file.get(); kind != std::ifstream::traits_type::eof(); kind = file.get()) {
    FileCall call;
    call.kind = static_cast<FileCall::Kind>(kind);
    file.read(reinterpret_cast<char*>(&call.offset), sizeof(call.offset));
    call.path = take();
    call.to = take();
    call.bytes = take();
    if (!file) {
      break;  // the process was killed while it wrote this one
    }
    recorded.push_back(std::move(call));
  }
  return recorded;
}

}  // namespace weir::recovery_tests

namespace faults = weir::recovery_tests;

extern "C" {

int open(const char* path, int flags, ...) {
  std::va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = faults::mode_of(flags, arguments);
  va_end(arguments);
  return faults::open_file("open", path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  std::va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = faults::mode_of(flags, arguments);
  va_end(arguments);
  return faults::open_file("open64", path, flags, mode);
}

ssize_t write(int descriptor, const void* bytes, size_t size) {
  const auto real = faults::next<faults::Write>("write");
  const std::optional<std::string> path = faults::below(descriptor);
  if (!path) {
    return real(descriptor, bytes, size);
  }
  const off_t offset = (::fcntl(descriptor, F_GETFL) & O_APPEND) != 0 ? ::lseek(descriptor, 0, SEEK_END)
                                                                      : ::lseek(descriptor, 0, SEEK_CUR);
  return faults::make<ssize_t>(
      faults::write_call(*path, bytes, size, offset), [=] { return real(descriptor, bytes, size); },
      [=] { static_cast<void>(real(descriptor, bytes, size / 2)); });
}

ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t offset) {
  return faults::write_at("pwrite", descriptor, bytes, size, offset);
}
ssize_t pwrite64(int descriptor, const void* bytes, size_t size, off64_t offset) {
  return faults::write_at("pwrite64", descriptor, bytes, size, offset);
}

int ftruncate(int descriptor, off_t length) noexcept { return faults::truncate_to("ftruncate", descriptor, length); }
int ftruncate64(int descriptor, off64_t length) noexcept {
  return faults::truncate_to("ftruncate64", descriptor, length);
}

int fsync(int descriptor) { return faults::sync("fsync", descriptor); }
int fdatasync(int descriptor) { return faults::sync("fdatasync", descriptor); }

int rename(const char* from, const char* to) noexcept {
  const auto real = faults::next<faults::Rename>("rename");
  const std::optional<std::string> path = faults::below(std::string{from});
  if (!path) {
    return real(from, to);
  }
  faults::FileCall call = faults::simple_call(faults::FileCall::Kind::kRename, *path);
  call.to = faults::below(std::string{to}).value_or("");
  return faults::make<int>(call, [=] { return real(from, to); });
}

int unlink(const char* path) noexcept {
  const auto real = faults::next<faults::Remove>("unlink");
  const std::optional<std::string> watched = faults::below(std::string{path});
  return watched ? faults::make<int>(faults::simple_call(faults::FileCall::Kind::kRemove, *watched),
                                     [=] { return real(path); })
                 : real(path);
}

int mkdir(const char* path, mode_t mode) noexcept {
  const auto real = faults::next<faults::MakeDirectory>("mkdir");
  const std::optional<std::string> watched = faults::below(std::string{path});
  return watched ? faults::make<int>(faults::simple_call(faults::FileCall::Kind::kMakeDirectory, *watched),
                                     [=] { return real(path, mode); })
                 : real(path, mode);
}

}  // extern "C"
