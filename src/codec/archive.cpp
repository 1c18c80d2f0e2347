#include "weir/detail/codec/archive.hpp"

template class cereal::OutputArchive<weir::detail::codec::OutputArchive, cereal::AllowEmptyClassElision>;
template class cereal::InputArchive<weir::detail::codec::InputArchive, cereal::AllowEmptyClassElision>;

namespace weir::detail::codec {

OutputArchive::OutputArchive() : Base{this} {}
OutputArchive::~OutputArchive() = default;

InputArchive::InputArchive() : Base{this} {}
InputArchive::~InputArchive() = default;

}  // namespace weir::detail::codec
