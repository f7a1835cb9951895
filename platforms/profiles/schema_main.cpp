#include "profiles/profile.h"

#include <fstream>
#include <iostream>

// Writes what profile.schema.json must hold: profile_schema FILE. (SystemC's banner has standard output.)
int sc_main(int argc, char** argv)
{
    if (argc != 2) {
        std::cerr << "usage: profile_schema FILE\n";
        return 2;
    }
    std::ofstream out(argv[1]);
    out << iovp::profiles::schema();
    out.close();
    return out ? 0 : 2;
}
