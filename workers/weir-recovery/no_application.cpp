#include "weir-recovery/application.hpp"
#include "weir/errors.hpp"

namespace {

[[noreturn]] void refuse() { throw weir::UsageError{"this build has no Kafka"}; }

}  // namespace

void show_application(const ApplicationName& /*name*/) { refuse(); }
void verify_application(const ApplicationName& /*name*/) { refuse(); }
void export_application(const ApplicationName& /*name*/, const std::string& /*step*/) { refuse(); }
