# Finds SystemC and defines SystemC::systemc.
#
# Order: a config package (Accellera's own CMake build), then $SYSTEMC_HOME or -DSYSTEMC_HOME=DIR (vendor trees),
# then pkg-config "systemc" (Debian's libsystemc-dev).
#
# Result: SystemCLanguage_FOUND, SystemCLanguage_VERSION, target SystemC::systemc.
# Debian's library exports only the C++17 version of sc_api_version: whatever links the target compiles as C++17.

include(FindPackageHandleStandardArgs)

if(NOT TARGET SystemC::systemc)
    find_package(SystemCLanguage CONFIG QUIET)
endif()

if(TARGET SystemC::systemc)
    set(_systemc_found_by "config package")
else()
    set(SYSTEMC_HOME "$ENV{SYSTEMC_HOME}" CACHE PATH "Root of a SystemC installation (include/, lib*/)")
    if(NOT SYSTEMC_HOME)
        find_package(PkgConfig QUIET)
        if(PkgConfig_FOUND)
            pkg_check_modules(_systemc_pc QUIET systemc)
        endif()
    endif()

    find_path(SystemCLanguage_INCLUDE_DIR NAMES systemc tlm
        HINTS ${SYSTEMC_HOME}/include ${_systemc_pc_INCLUDE_DIRS})
    find_library(SystemCLanguage_LIBRARY NAMES systemc
        HINTS ${SYSTEMC_HOME} ${_systemc_pc_LIBRARY_DIRS}
        PATH_SUFFIXES lib lib64 lib-linux64)

    set(SystemCLanguage_VERSION ${_systemc_pc_VERSION})
    if(SystemCLanguage_INCLUDE_DIR AND SystemCLanguage_LIBRARY)
        add_library(SystemC::systemc UNKNOWN IMPORTED)
        set_target_properties(SystemC::systemc PROPERTIES
            IMPORTED_LOCATION ${SystemCLanguage_LIBRARY}
            INTERFACE_INCLUDE_DIRECTORIES ${SystemCLanguage_INCLUDE_DIR}
            INTERFACE_COMPILE_FEATURES cxx_std_17)
        find_package(Threads REQUIRED)
        set_property(TARGET SystemC::systemc APPEND PROPERTY INTERFACE_LINK_LIBRARIES Threads::Threads)
        set(_systemc_found_by ${SystemCLanguage_LIBRARY})
    endif()
endif()

find_package_handle_standard_args(SystemCLanguage
    REQUIRED_VARS _systemc_found_by
    VERSION_VAR SystemCLanguage_VERSION
    REASON_FAILURE_MESSAGE "Install libsystemc-dev, or set SYSTEMC_HOME to a SystemC 2.3.3 or newer.")
mark_as_advanced(SystemCLanguage_INCLUDE_DIR SystemCLanguage_LIBRARY)
