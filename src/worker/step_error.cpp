#include <exception>
#include <new>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "weir/detail/operator.hpp"
#include "weir/errors.hpp"

namespace weir::detail {
namespace {

constexpr const char* kUnknown = "an exception that is no std::exception";

}  // namespace

// Called while an exception is being handled. What is a StepError already comes from a step further down and keeps its
// name.
void throw_step_error(const StepSite& site, std::string_view what, const std::string& key) {
  std::string cause = kUnknown;
  try {
    throw;
  } catch (const StepError&) {
    throw;
  } catch (const std::exception& error) {
    cause = error.what();
  } catch (...) {  // NOLINT(bugprone-empty-catch): the text above says all that is known
  }
  std::throw_with_nested(StepError{
      site.step_id, fmt::format("step \"{}\": {} threw on worker {} of {}, epoch {}{}: {}", site.step_id, what,
                                site.worker.index.value, site.worker.count.value, site.stage->epoch.value,
                                key.empty() ? std::string{} : fmt::format(", key \"{}\"", key), cause)});
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

}  // namespace weir::detail
