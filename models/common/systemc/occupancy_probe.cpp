#include "common/systemc/occupancy_probe.h"

namespace iovp {

static void collect(const std::vector<sc_core::sc_object*>& objects, std::vector<occupancy_probe*>& out)
{
    for (sc_core::sc_object* o : objects) {
        if (o == nullptr)
            continue;
        if (auto* probe = dynamic_cast<occupancy_probe*>(o))
            out.push_back(probe);
        collect(o->get_child_objects(), out);
    }
}

std::vector<occupancy_probe*> occupancy_probe::all()
{
    std::vector<occupancy_probe*> out;
    collect(sc_core::sc_get_top_level_objects(), out);
    return out;
}

} // namespace iovp
