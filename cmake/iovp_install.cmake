# An installed iovp is found with find_package(iovp); its targets are iovp::common, iovp::smmu, ...

include(CMakePackageConfigHelpers)

get_property(iovp_model_targets GLOBAL PROPERTY IOVP_MODEL_TARGETS)
install(TARGETS ${iovp_model_targets} iovp_options EXPORT iovp_targets
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY models/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/iovp FILES_MATCHING PATTERN "*.h")
install(EXPORT iovp_targets NAMESPACE iovp:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/iovp)

configure_package_config_file(cmake/iovp-config.cmake.in iovp-config.cmake
    INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/iovp)
write_basic_package_version_file(iovp-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES
    ${CMAKE_CURRENT_BINARY_DIR}/iovp-config.cmake
    ${CMAKE_CURRENT_BINARY_DIR}/iovp-config-version.cmake
    cmake/FindSystemCLanguage.cmake
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/iovp)
