#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

namespace weir::detail::codec {

/// A number, as a type.
template <std::size_t>
struct FieldCount {};

template <typename... Ts>
void refer_to(Ts&...);

/// The most fields that are checked. A larger struct with bit-fields does not compile.
inline constexpr std::size_t kMostLookedAt = 32;

// Whether references to all fields of a struct exist: bit-fields have none. Never evaluated.
template <typename T>
constexpr auto refers(T& value, FieldCount<1> /*count*/) {
  auto& [f1] = value;
  return std::bool_constant<requires { refer_to(f1); }>{};
}
template <typename T>
constexpr auto refers(T& value, FieldCount<2> /*count*/) {
  auto& [f1, f2] = value;
  return std::bool_constant<requires { refer_to(f1, f2); }>{};
}
template <typename T>
constexpr auto refers(T& value, FieldCount<3> /*count*/) {
  auto& [f1, f2, f3] = value;
  return std::bool_constant<requires { refer_to(f1, f2, f3); }>{};
}
template <typename T>
constexpr auto refers(T& value, FieldCount<4> /*count*/) {
  auto& [f1, f2, f3, f4] = value;
  return std::bool_constant<requires { refer_to(f1, f2, f3, f4); }>{};
}
template <typename T>
constexpr auto refers(T& value, FieldCount<5> /*count*/) {
  auto& [f1, f2, f3, f4, f5] = value;
  return std::bool_constant<requires { refer_to(f1, f2, f3, f4, f5); }>{};
}
template <typename T>
constexpr auto refers(T& value, FieldCount<6> /*count*/) {
  auto& [f1, f2, f3, f4, f5, f6] = value;
  return std::bool_constant<requires { refer_to(f1, f2, f3, f4, f5, f6); }>{};
}
template <typename T>
constexpr auto refers(T& value, FieldCount<7> /*count*/) {
  auto& [f1, f2, f3, f4, f5, f6, f7] = value;
  return std::bool_constant<requires { refer_to(f1, f2, f3, f4, f5, f6, f7); }>{};
}
template <typename T>
constexpr auto refers(T& value, FieldCount<8> /*count*/) {
  auto& [f1, f2, f3, f4, f5, f6, f7, f8] = value;
  return std::bool_constant<requires { refer_to(f1, f2, f3, f4, f5, f6, f7, f8); }>{};
}
template <typename T>
constexpr auto refers(T& value, FieldCount<9> /*count*/) {
  auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9] = value;
  return std::bool_constant<requires { refer_to(f1, f2, f3, f4, f5, f6, f7, f8, f9); }>{};
}
template <typename T>
constexpr auto refers(T& value, FieldCount<10> /*count*/) {
  auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10] = value;
  return std::bool_constant<requires { refer_to(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10); }>{};
}
template <typename T>
constexpr auto refers(T& value, FieldCount<11> /*count*/) {
  auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11] = value;
  return std::bool_constant<requires { refer_to(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11); }>{};
}
template <typename T>
constexpr auto refers(T& value, FieldCount<12> /*count*/) {
  auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12] = value;
  return std::bool_constant<requires { refer_to(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12); }>{};
}
template <typename T>
constexpr auto refers(T& value, FieldCount<13> /*count*/) {
  auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13] = value;
  return std::bool_constant<requires { refer_to(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13); }>{};
}
template <typename T>
constexpr auto refers(T& value, FieldCount<14> /*count*/) {
  auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14] = value;
  return std::bool_constant<requires { refer_to(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14); }>{};
}
template <typename T>
constexpr auto refers(T& value, FieldCount<15> /*count*/) {
  auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15] = value;
  return std::bool_constant<requires { refer_to(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15); }>{};
}
template <typename T>
constexpr auto refers(T& value, FieldCount<16> /*count*/) {
  auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16] = value;
  return std::bool_constant<requires {
    refer_to(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16);
  }>{};
}
template <typename T>
constexpr auto refers(T& value, FieldCount<17> /*count*/) {
  auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17] = value;
  return std::bool_constant<requires {
    refer_to(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17);
  }>{};
}
template <typename T>
constexpr auto refers(T& value, FieldCount<18> /*count*/) {
  auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18] = value;
  return std::bool_constant<requires {
    refer_to(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18);
  }>{};
}
template <typename T>
constexpr auto refers(T& value, FieldCount<19> /*count*/) {
  auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19] = value;
  return std::bool_constant<requires {
    refer_to(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19);
  }>{};
}
template <typename T>
constexpr auto refers(T& value, FieldCount<20> /*count*/) {
  auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20] = value;
  return std::bool_constant<requires {
    refer_to(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20);
  }>{};
}
template <typename T>
constexpr auto refers(T& value, FieldCount<21> /*count*/) {
  auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21] = value;
  return std::bool_constant<requires {
    refer_to(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21);
  }>{};
}
template <typename T>
constexpr auto refers(T& value, FieldCount<22> /*count*/) {
  auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22] = value;
  return std::bool_constant<requires {
    refer_to(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22);
  }>{};
}
template <typename T>
constexpr auto refers(T& value, FieldCount<23> /*count*/) {
  auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23] =
      value;
  return std::bool_constant<requires {
    refer_to(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23);
  }>{};
}
template <typename T>
constexpr auto refers(T& value, FieldCount<24> /*count*/) {
  auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23,
         f24] = value;
  return std::bool_constant<requires {
    refer_to(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23,
             f24);
  }>{};
}
template <typename T>
constexpr auto refers(T& value, FieldCount<25> /*count*/) {
  auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23, f24,
         f25] = value;
  return std::bool_constant<requires {
    refer_to(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23,
             f24, f25);
  }>{};
}
template <typename T>
constexpr auto refers(T& value, FieldCount<26> /*count*/) {
  auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23, f24,
         f25, f26] = value;
  return std::bool_constant<requires {
    refer_to(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23,
             f24, f25, f26);
  }>{};
}
template <typename T>
constexpr auto refers(T& value, FieldCount<27> /*count*/) {
  auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23, f24,
         f25, f26, f27] = value;
  return std::bool_constant<requires {
    refer_to(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23,
             f24, f25, f26, f27);
  }>{};
}
template <typename T>
constexpr auto refers(T& value, FieldCount<28> /*count*/) {
  auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23, f24,
         f25, f26, f27, f28] = value;
  return std::bool_constant<requires {
    refer_to(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23,
             f24, f25, f26, f27, f28);
  }>{};
}
template <typename T>
constexpr auto refers(T& value, FieldCount<29> /*count*/) {
  auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23, f24,
         f25, f26, f27, f28, f29] = value;
  return std::bool_constant<requires {
    refer_to(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23,
             f24, f25, f26, f27, f28, f29);
  }>{};
}
template <typename T>
constexpr auto refers(T& value, FieldCount<30> /*count*/) {
  auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23, f24,
         f25, f26, f27, f28, f29, f30] = value;
  return std::bool_constant<requires {
    refer_to(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23,
             f24, f25, f26, f27, f28, f29, f30);
  }>{};
}
template <typename T>
constexpr auto refers(T& value, FieldCount<31> /*count*/) {
  auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23, f24,
         f25, f26, f27, f28, f29, f30, f31] = value;
  return std::bool_constant<requires {
    refer_to(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23,
             f24, f25, f26, f27, f28, f29, f30, f31);
  }>{};
}
template <typename T>
constexpr auto refers(T& value, FieldCount<32> /*count*/) {
  auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23, f24,
         f25, f26, f27, f28, f29, f30, f31, f32] = value;
  return std::bool_constant<requires {
    refer_to(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23,
             f24, f25, f26, f27, f28, f29, f30, f31, f32);
  }>{};
}

/// Whether a plain aggregate of `kCount` fields has bit-fields.
template <typename T, std::size_t kCount>
inline constexpr bool kHasBitFields = [] {
  if constexpr (kCount == 0 || kCount > kMostLookedAt) {
    return false;
  } else {
    return !decltype(refers(std::declval<T&>(), FieldCount<kCount>{}))::value;
  }
}();

}  // namespace weir::detail::codec
