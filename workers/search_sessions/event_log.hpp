#pragma once

#include <weir/weir.hpp>

#include "search_sessions/events.hpp"

namespace search_sessions {

/// How an event stands in a log, one a line: {"event":"Search","user":1,"query":"dogs"}.
inline auto event_shape() {
  using weir::fields;
  using weir::named;
  return weir::one_of<Event>("event",                                                    //
                             named("AppOpen", fields<AppOpen>("user")),                  //
                             named("Search", fields<Search>("user", "query")),           //
                             named("Results", fields<Results>("user", "items")),         //
                             named("ClickResult", fields<ClickResult>("user", "item")),  //
                             named("AppClose", fields<AppClose>("user")),                //
                             named("Timeout", fields<Timeout>("user")));
}

}  // namespace search_sessions
