#include "weir/detail/archive.hpp"

template class cereal::OutputArchive<weir::detail::OutputArchive, cereal::AllowEmptyClassElision>;
template class cereal::InputArchive<weir::detail::InputArchive, cereal::AllowEmptyClassElision>;
