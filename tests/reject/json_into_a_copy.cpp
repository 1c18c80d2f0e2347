// expects: JSON: from_json must take its second parameter by reference
#include <string>

#include <weir/weir.hpp>

namespace op = weir::op;

struct Place {
  std::string name;
};
void from_json(const weir::JsonValue& json, Place place) { json.get(place.name); }

int main() {
  weir::Dataflow flow{"rejected"};
  flow.input("in", weir::json_lines<Place>({"places.jsonl"}));
}
