# Programs for the AArch64 CPU model. They need another compiler than the rest of the project, and one CMake project has
# one compiler of a language: so each file is a command of its own.

find_program(IOVP_A64_CC aarch64-linux-gnu-gcc DOC "C compiler for the programs of the AArch64 CPU model")
find_program(IOVP_A64_AR aarch64-linux-gnu-ar)
if(NOT IOVP_A64_CC OR NOT IOVP_A64_AR)
    message(FATAL_ERROR "aarch64-linux-gnu-gcc is missing: install gcc-aarch64-linux-gnu, or set IOVP_A64_CC and IOVP_A64_AR, "
        "or switch IOVP_BUILD_PLATFORMS off.")
endif()

# No LSE atomics: the CPU model is an Armv8.0-A. No FP or SIMD registers: the exception vectors do not save them.
set(iovp_a64_flags -std=c11 -march=armv8-a -mno-outline-atomics -mgeneral-regs-only -ffreestanding -fno-pie -fno-stack-protector
    -fno-common -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -O2 -g
    -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes -Wmissing-prototypes -Werror)
# GCC also makes calls of memset() of memset()'s own loop.
set(iovp_a64_flags_string.c -fno-tree-loop-distribute-patterns)
# Before the MMU is on all memory is Device memory, which takes no misaligned access.
set(iovp_a64_flags_mmu.c -mstrict-align)
set(iovp_a64_flags_boot.c -mstrict-align)

# iovp_a64_objects(OUT NAME SOURCES ...): compiles C and assembly; the objects' paths in OUT.
function(iovp_a64_objects out name)
    set(objects)
    foreach(source IN LISTS ARGN)
        cmake_path(ABSOLUTE_PATH source NORMALIZE)
        cmake_path(RELATIVE_PATH source BASE_DIRECTORY ${PROJECT_SOURCE_DIR} OUTPUT_VARIABLE relative)
        cmake_path(GET source FILENAME file)
        set(object ${CMAKE_CURRENT_BINARY_DIR}/${name}.a64/${relative}.o)
        cmake_path(GET object PARENT_PATH folder)
        file(MAKE_DIRECTORY ${folder})
        # -Wno-unused-command-line-argument would be clang's; GCC takes C's options for assembly in silence.
        add_custom_command(OUTPUT ${object}
            COMMAND ${IOVP_A64_CC} ${iovp_a64_flags} ${iovp_a64_flags_${file}} -I${PROJECT_SOURCE_DIR}/sw -I${CMAKE_CURRENT_SOURCE_DIR}
                -ffile-prefix-map=${PROJECT_SOURCE_DIR}/= -MD -MF ${object}.d -c ${source} -o ${object}
            DEPENDS ${source} DEPFILE ${object}.d COMMENT "Building for AArch64: ${relative}" VERBATIM)
        list(APPEND objects ${object})
    endforeach()
    set(${out} ${objects} PARENT_SCOPE)
endfunction()

# iovp_add_a64_program(NAME BASE address [MAIN function] [LIBRARIES file ...] SOURCES ...): the ELF file NAME.elf, target NAME, whose
# path is the target's property IOVP_ELF. MAIN becomes boot_main(), see sw/boot/boot.h.
function(iovp_add_a64_program name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "BASE;MAIN" "SOURCES;LIBRARIES")
    iovp_a64_objects(objects ${name} ${arg_SOURCES})
    set(elf ${CMAKE_CURRENT_BINARY_DIR}/${name}.elf)
    set(script ${PROJECT_SOURCE_DIR}/sw/boot/program.ld)
    set(main)
    if(arg_MAIN)
        set(main -Wl,--defsym=boot_main=${arg_MAIN})
    endif()
    add_custom_command(OUTPUT ${elf}
        COMMAND ${IOVP_A64_CC} -nostdlib -static -no-pie -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,max-page-size=65536
            -Wl,--fatal-warnings -Wl,--defsym=PROGRAM_BASE=${arg_BASE} ${main} -T ${script} ${objects} ${arg_LIBRARIES} -o ${elf}
        DEPENDS ${objects} ${script} ${arg_LIBRARIES} COMMENT "Linking for AArch64: ${name}.elf" VERBATIM)
    add_custom_target(${name} ALL DEPENDS ${elf})
    set_target_properties(${name} PROPERTIES IOVP_ELF ${elf})
endfunction()
