#include "weir/detail/codec/archive.hpp"

template class cereal::OutputArchive<weir::detail::OutputArchive, cereal::AllowEmptyClassElision>;
template class cereal::InputArchive<weir::detail::InputArchive, cereal::AllowEmptyClassElision>;

namespace weir::detail {

OutputArchive::OutputArchive() : Base{this} {}
OutputArchive::~OutputArchive() = default;

InputArchive::InputArchive() : Base{this} {}
InputArchive::~InputArchive() = default;

}  // namespace weir::detail
