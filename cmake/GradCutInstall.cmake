# What a foreign CMake project and `gradcut config --cmake` need, and what the package knows about its own build.
include(CMakePackageConfigHelpers)

install(DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}/include/gradcut" DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN "*.h" PATTERN "*.hxx" PATTERN "rdf" EXCLUDE PATTERN "RDF.hxx" EXCLUDE)
set(_targets gradcut_kernels)
if(GRADCUT_HAVE_ROOT)
  list(APPEND _targets GradCutRDF)
  install(DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}/include/gradcut/rdf" "${CMAKE_CURRENT_BINARY_DIR}/include/gradcut/rdf"
          DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/gradcut FILES_MATCHING PATTERN "*.hxx")
  install(FILES "${CMAKE_CURRENT_SOURCE_DIR}/include/gradcut/RDF.hxx" DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/gradcut)
endif()

set(_cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/gradcut)
configure_package_config_file(cmake/gradcutConfig.cmake.in gradcutConfig.cmake INSTALL_DESTINATION ${_cmake_dir})
write_basic_package_version_file(gradcutConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/gradcutConfig.cmake" "${CMAKE_CURRENT_BINARY_DIR}/gradcutConfigVersion.cmake"
              "${CMAKE_CURRENT_SOURCE_DIR}/cmake/GradCutROOT.cmake"
        DESTINATION ${_cmake_dir})
install(TARGETS ${_targets} EXPORT gradcutTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT gradcutTargets NAMESPACE gradcut:: DESTINATION ${_cmake_dir})

if(GRADCUT_PYTHON)
  configure_file(cmake/_build_info.py.in _build_info.py @ONLY)
  install(FILES "${CMAKE_CURRENT_BINARY_DIR}/_build_info.py" DESTINATION .)
endif()
