// Stands between the program and librdkafka and the C library: the linker binds the program's calls to these functions.

#include "kafka/kill_points.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>

#include <dlfcn.h>
#include <librdkafka/rdkafka.h>
#include <unistd.h>

namespace weir::tests::kafka {
namespace {

/// The function of the same name in the library.
template <typename Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

constexpr int kHalf = 20;  // of an epoch's records

KillPoint read_point() {
  KillPoint point;
  if (const char* const text = std::getenv("WEIR_KAFKA_POINT")) {
    const std::string whole{text};
    const std::size_t first = whole.find(':');
    const std::size_t second = whole.find(':', first + 1);
    point.name = whole.substr(0, first);
    point.nth = std::stoi(whole.substr(first + 1, second - first - 1));
    point.signal = std::stoi(whole.substr(second + 1));
  }
  return point;
}

const KillPoint& wanted() {
  static const KillPoint point = read_point();
  return point;
}

// Whether this is the passing that counts.
bool reached(std::string_view name) {
  static std::atomic<int> passed{0};
  return wanted().name == name && ++passed == wanted().nth;
}

void pass(std::string_view name) {
  if (reached(name)) {
    ::raise(wanted().signal);
  }
}

std::string path_of(int descriptor) {
  std::array<char, 4096> path{};
  const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
  const ssize_t size = ::readlink(link.c_str(), path.data(), path.size());
  return size > 0 ? std::string(path.data(), static_cast<std::size_t>(size)) : std::string{};
}

bool is_segment(std::string_view path) { return path.find(".kafka-") != std::string_view::npos; }

bool is_store(std::string_view path) { return path.find(".sqlite3") != std::string_view::npos; }

// Whether the disk of the snapshot store is full: from the nth write on.
bool is_full(int descriptor) {
  static std::atomic<bool> full{false};
  if (wanted().name == "full" && !full && is_store(path_of(descriptor)) && reached("full")) {
    full = true;
  }
  return full && is_store(path_of(descriptor));
}

std::atomic<int> produced{0};

}  // namespace

}  // namespace weir::tests::kafka

namespace points = weir::tests::kafka;

extern "C" {

int fsync(int descriptor) {
  static auto* const real = points::next<decltype(fsync)>("fsync");
  const bool segment = points::is_segment(points::path_of(descriptor));
  if (segment) {
    points::pass("written");
  }
  const int result = real(descriptor);
  if (segment) {
    points::pass("prepared");
  }
  return result;
}

int fdatasync(int descriptor) {
  static auto* const real = points::next<decltype(fdatasync)>("fdatasync");
  const bool segment = points::is_segment(points::path_of(descriptor));
  if (segment) {
    points::pass("written");
  }
  const int result = real(descriptor);
  if (segment) {
    points::pass("prepared");
  }
  return result;
}

// By both names, one of which SQLite writes by.
ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t offset) {
  static auto* const real = points::next<decltype(pwrite)>("pwrite");
  if (points::is_full(descriptor)) {
    errno = ENOSPC;
    return -1;
  }
  return real(descriptor, bytes, size, offset);
}

ssize_t pwrite64(int descriptor, const void* bytes, size_t size, off64_t offset) {
  static auto* const real = points::next<decltype(pwrite64)>("pwrite64");
  if (points::is_full(descriptor)) {
    errno = ENOSPC;
    return -1;
  }
  return real(descriptor, bytes, size, offset);
}

int rename(const char* from, const char* to) noexcept {
  static auto* const real = points::next<int(const char*, const char*)>("rename");
  const int result = real(from, to);
  if (std::string_view{to}.ends_with(".kafka.txid")) {
    points::pass("named");
  }
  return result;
}

int unlink(const char* path) noexcept {
  static auto* const real = points::next<int(const char*)>("unlink");
  const int result = real(path);
  if (points::is_segment(path)) {
    points::pass("unlinked");
  }
  return result;
}

rd_kafka_error_t* rd_kafka_begin_transaction(rd_kafka_t* client) {
  static auto* const real = points::next<decltype(rd_kafka_begin_transaction)>("rd_kafka_begin_transaction");
  points::pass("decided");
  rd_kafka_error_t* const error = real(client);
  points::produced = 0;
  points::pass("begun");
  return error;
}

rd_kafka_error_t* rd_kafka_produceva(rd_kafka_t* client, const rd_kafka_vu_t* parts, size_t count) {
  static auto* const real = points::next<decltype(rd_kafka_produceva)>("rd_kafka_produceva");
  rd_kafka_error_t* const error = real(client, parts, count);
  if (++points::produced == points::kHalf && points::reached("half")) {
    points::next<decltype(rd_kafka_flush)>("rd_kafka_flush")(client, 10'000);
    ::raise(points::wanted().signal);
  }
  return error;
}

rd_kafka_resp_err_t rd_kafka_flush(rd_kafka_t* client, int milliseconds) {
  static auto* const real = points::next<decltype(rd_kafka_flush)>("rd_kafka_flush");
  const rd_kafka_resp_err_t error = real(client, milliseconds);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    points::pass("flushed");
  }
  return error;
}

rd_kafka_error_t* rd_kafka_send_offsets_to_transaction(rd_kafka_t* client,
                                                       const rd_kafka_topic_partition_list_t* offsets,
                                                       const rd_kafka_consumer_group_metadata_t* group,
                                                       int milliseconds) {
  static auto* const real =
      points::next<decltype(rd_kafka_send_offsets_to_transaction)>("rd_kafka_send_offsets_to_transaction");
  rd_kafka_error_t* const error = real(client, offsets, group, milliseconds);
  if (error == nullptr) {
    points::pass("token");
  }
  return error;
}

rd_kafka_error_t* rd_kafka_commit_transaction(rd_kafka_t* client, int milliseconds) {
  static auto* const real = points::next<decltype(rd_kafka_commit_transaction)>("rd_kafka_commit_transaction");
  if (points::reached("committing")) {
    std::thread{[] {
      ::usleep(1'000);
      ::raise(points::wanted().signal);
    }}.detach();
  }
  rd_kafka_error_t* const error = real(client, milliseconds);
  if (error == nullptr) {
    points::pass("committed");
  }
  return error;
}

}  // extern "C"
