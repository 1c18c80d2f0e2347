#include <exception>
#include <new>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "weir/detail/runtime/operator.hpp"
#include "weir/errors.hpp"

namespace weir::detail::runtime {
namespace {

constexpr const char* kUnknown = "an exception that is no std::exception";

// What is being handled.
std::string text_of_exception() {
  try {
    throw;
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return kUnknown;
  }
}

}  // namespace

Operator::Operator(const StepSite& site) : site_{site} {}

Operator::~Operator() = default;

PlainOperator::PlainOperator(const StepSite& site) : Operator{site} {}

PlainOperator::~PlainOperator() = default;

void PlainOperator::resume() {}

Closing PlainOperator::close(const Mark& /*mark*/) { return Closing::kDone; }

void PlainOperator::snapshot(snapshot::EpochPart& /*part*/) {}

void PlainOperator::restore(const snapshot::StateRecord& /*record*/) {}

void PlainOperator::idle() {}

void PlainOperator::poll() {}

StepCounts PlainOperator::counts() { return {}; }

std::size_t PlainOperator::keys_open() { return 0; }

// Called while an exception is being handled. What is a StepError already comes from a step further down and keeps its
// name.
void throw_step_error(const StepSite& site, std::string_view what, const std::string& key) {
  std::string cause;
  try {
    throw;
  } catch (const StepError&) {
    throw;
  } catch (const RecoveryError& error) {
    if (error.kind() == RecoveryError::Kind::kInUse) {
      throw;  // no failure of the step, and nothing that a restart mends
    }
    cause = text_of_exception();
  } catch (...) {
    cause = text_of_exception();
  }
  std::throw_with_nested(StepError{
      site.step_id, fmt::format("step \"{}\": {} threw on worker {} of {}, epoch {}{}: {}", site.step_id, what,
                                site.worker.index.value, site.worker.count.value, site.stage->epoch.value,
                                key.empty() ? std::string{} : fmt::format(", key \"{}\"", key), cause)});
}

void throw_preparing_error(const std::string& step_id, std::string_view what) {
  std::string cause;
  try {
    throw;
  } catch (const StepError&) {
    throw;
  } catch (const UsageError&) {
    throw;
  } catch (const RecoveryError&) {
    throw;
  } catch (const BuildError&) {
    throw;
  } catch (const OutputClosed&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (...) {
    cause = text_of_exception();
  }
  std::throw_with_nested(StepError{step_id, fmt::format("step \"{}\": {} threw: {}", step_id, what, cause)});
}

void throw_no_partition(const StepSite& site, std::string_view role, std::string_view function,
                        std::string_view partition) {
  throw StepError{site.step_id,
                  fmt::format("step \"{}\": the {}'s {} returned a null pointer{} on worker {} of {}; it must return a "
                              "partition, or throw an exception that says what is wrong",
                              site.step_id, role, function,
                              partition.empty() ? std::string{} : fmt::format(" for partition \"{}\"", partition),
                              site.worker.index.value, site.worker.count.value)};
}

std::string error_of_item(const StepSite& site) {
  const std::exception_ptr failure = std::current_exception();
  try {
    throw;
  } catch (const StepError& error) {
    if (error.step_id() != site.step_id) {
      throw;
    }
    try {
      std::rethrow_if_nested(error);
    } catch (const std::bad_alloc&) {
      std::rethrow_exception(failure);
    } catch (const std::exception& cause) {
      return cause.what();
    } catch (...) {
      return kUnknown;
    }
    return error.what();
  }
}

}  // namespace weir::detail::runtime
