#pragma once

#include <string>

#include "weir/kafka.hpp"

namespace weir::tests::kafka {

/// A decoder: a record's value, or "absent".
inline std::string text_of(const KafkaRecord& record) { return std::string{record.value.value_or("absent")}; }

}  // namespace weir::tests::kafka
