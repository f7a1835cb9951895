# How every target of the project is made: one C++ standard, one set of warnings, sanitizers when asked.

add_library(iovp_options INTERFACE)
add_library(iovp::options ALIAS iovp_options)
target_compile_options(iovp_options INTERFACE
    $<BUILD_INTERFACE:-Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion>
    $<BUILD_INTERFACE:$<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor -Woverloaded-virtual>>
    $<BUILD_INTERFACE:$<$<BOOL:${IOVP_WARNINGS_AS_ERRORS}>:-Werror>>)
if(IOVP_SANITIZE)
    # -static-lib* and -fno-sanitize=vptr: SystemC's own binary has no type information for the vptr check.
    target_compile_options(iovp_options INTERFACE -fsanitize=address,undefined -fno-sanitize=vptr
        -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(iovp_options INTERFACE -fsanitize=address,undefined)
endif()

# iovp_add_model(NAME SOURCES ... [LINK ...]): the library iovp::NAME from a folder of models/.
function(iovp_add_model name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK")
    set(target iovp_${name})
    if(arg_SOURCES)
        add_library(${target} STATIC ${arg_SOURCES})
        set(scope PUBLIC)
        target_link_libraries(${target} PRIVATE iovp::options)
    else()
        add_library(${target} INTERFACE)
        set(scope INTERFACE)
    endif()
    add_library(iovp::${name} ALIAS ${target})
    target_compile_features(${target} ${scope} cxx_std_17)
    set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF EXPORT_NAME ${name})
    target_include_directories(${target} ${scope}
        $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/models>
        $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/iovp>)
    if(arg_LINK)
        target_link_libraries(${target} ${scope} ${arg_LINK})
    endif()
    set_property(GLOBAL APPEND PROPERTY IOVP_MODEL_TARGETS ${target})
endfunction()

# iovp_add_test(NAME SOURCES ... LINK ... [LABELS ...]): a GoogleTest program; each test runs in a process of its own,
# because SystemC elaborates once per process.
function(iovp_add_test name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK;LABELS")
    add_executable(${name} ${arg_SOURCES})
    target_compile_features(${name} PRIVATE cxx_std_17)
    set_target_properties(${name} PROPERTIES CXX_EXTENSIONS OFF)
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
    target_link_libraries(${name} PRIVATE iovp::options ${arg_LINK})
    if(IOVP_SANITIZE)
        # Instrumented and optimised, a test file takes a minute to compile; its own speed does not matter.
        target_compile_options(${name} PRIVATE -O0)
    endif()
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # GCC 12.2 at -O3 loses, when it combines what it knows of a constant argument's type, that the base class of a
        # test bench is under construction: it finds no target for virtual calls on the bench's members (sockets that
        # are bound in the constructor) and takes them for unreachable.
        target_compile_options(${name} PRIVATE -fno-devirtualize)
    endif()
    gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300 LABELS "${arg_LABELS}")
endfunction()
