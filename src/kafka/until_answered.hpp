#pragma once

#include <utility>

#include "kafka/client_errors.hpp"
#include "kafka/patience.hpp"
#include "kafka/questions.hpp"

namespace weir::detail::kafka {

/// Asks again and again, as long as the brokers are away.
/// @param ask  gives an `Answer`
/// @throws ClientError  for an error that does not pass
/// @throws GivenUp
template <typename Ask>
[[nodiscard]] auto until_answered(Patience& patience, const Ask& ask) {
  while (true) {
    auto answer = ask();
    if (answer.value) {
      return *std::move(answer.value);
    }
    if (!is_passing(answer.error)) {
      throw ClientError{failing(answer.error), code_words(answer.error)};
    }
    patience.pause(code_words(answer.error));
  }
}

}  // namespace weir::detail::kafka
