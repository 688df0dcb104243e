# Finds the user's ROOT. Order: what CMake is told (ROOT_DIR, CMAKE_PREFIX_PATH), an environment that is set up
# (ROOTSYS, root-config in the path, conda's prefix), the `root` wheel in the Python environment that builds.
set(GRADCUT_HAVE_ROOT FALSE)
set(GRADCUT_ROOT_VERSION "")
if(GRADCUT_ROOT STREQUAL "off")
  message(STATUS "gradcut: ROOT library switched off")
  return()
endif()

set(_hints $ENV{ROOTSYS} $ENV{CONDA_PREFIX})
find_program(_root_config root-config HINTS $ENV{ROOTSYS}/bin)
if(_root_config)
  execute_process(COMMAND "${_root_config}" --prefix OUTPUT_VARIABLE _prefix OUTPUT_STRIP_TRAILING_WHITESPACE
                  ERROR_QUIET)
  list(APPEND _hints "${_prefix}")
endif()
if(NOT Python_EXECUTABLE)
  find_package(Python 3.10 COMPONENTS Interpreter QUIET)
endif()
if(Python_EXECUTABLE)
  # Without importing ROOT: the folder of the wheel, be it in the environment or in pip's isolated overlay.
  execute_process(
    COMMAND "${Python_EXECUTABLE}" -c
            "import importlib.util as u; s = u.find_spec('ROOT'); print(s.submodule_search_locations[0] if s and s.submodule_search_locations else '')"
    OUTPUT_VARIABLE _wheel OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  execute_process(COMMAND "${Python_EXECUTABLE}" -c "import sysconfig; print(sysconfig.get_path('purelib'))"
                  OUTPUT_VARIABLE _site OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  list(APPEND _hints "${_wheel}" "${_site}/ROOT")
endif()

find_file(GRADCUT_ROOT_CONFIG ROOTConfig.cmake HINTS ${ROOT_DIR} ${_hints} ${CMAKE_PREFIX_PATH}
          PATH_SUFFIXES cmake ROOT/cmake lib/cmake/ROOT share/cmake/ROOT share/root/cmake NO_CACHE)
if(NOT GRADCUT_ROOT_CONFIG)
  if(GRADCUT_ROOT STREQUAL "on")
    message(FATAL_ERROR "gradcut: GRADCUT_ROOT=on, but no ROOT was found. Set ROOT_DIR to the folder of "
                        "ROOTConfig.cmake, set up ROOT's environment, or install the wheel (see README).")
  endif()
  message(STATUS "gradcut: no ROOT found, building the kernels and the driver only")
  return()
endif()
get_filename_component(ROOT_DIR "${GRADCUT_ROOT_CONFIG}" DIRECTORY)

# The wheel root==0.1a12 ships a targets file with paths of the machine that built it (root-project/root#22654):
# find_package dies on it. ROOTConfig.cmake skips that file inside ROOT's own project, so we borrow its name for the
# call and make the few targets by hand.
set(_broken FALSE)
if(EXISTS "${ROOT_DIR}/ROOTConfig-targets-release.cmake")
  file(STRINGS "${ROOT_DIR}/ROOTConfig-targets-release.cmake" _mock REGEX "mock_site_packages" LIMIT_COUNT 1)
  if(_mock)
    set(_broken TRUE)
  endif()
endif()
if(_broken)
  set(_project "${CMAKE_PROJECT_NAME}")
  set(CMAKE_PROJECT_NAME ROOT)
  find_package(ROOT 6.30 REQUIRED CONFIG COMPONENTS ROOTDataFrame ROOTVecOps PATHS "${ROOT_DIR}" NO_DEFAULT_PATH)
  set(CMAKE_PROJECT_NAME "${_project}")
  set(_libs Core RIO Tree Hist MathCore TreePlayer ROOTNTuple ROOTDataFrame ROOTVecOps)
  foreach(_lib IN LISTS _libs)
    if(NOT TARGET ROOT::${_lib})
      add_library(ROOT::${_lib} SHARED IMPORTED)
      set_target_properties(ROOT::${_lib} PROPERTIES IMPORTED_LOCATION "${ROOT_LIBRARY_DIR}/lib${_lib}.so"
                                                     INTERFACE_INCLUDE_DIRECTORIES "${ROOT_INCLUDE_DIRS}")
    endif()
  endforeach()
  # Executables: the linker looks for the wheel's own copies of libpng and the like, which lie beside ROOT.
  get_filename_component(_bundled "${ROOT_LIBRARY_DIR}/../../root.libs" ABSOLUTE)
  if(IS_DIRECTORY "${_bundled}" AND UNIX AND NOT APPLE)
    set_target_properties(ROOT::Core PROPERTIES INTERFACE_LINK_OPTIONS "LINKER:-rpath-link,${_bundled}")
  endif()
  list(REMOVE_ITEM _libs ROOTDataFrame)
  list(TRANSFORM _libs PREPEND "ROOT::")
  target_link_libraries(ROOT::ROOTDataFrame INTERFACE ${_libs})
else()
  find_package(ROOT 6.30 REQUIRED CONFIG COMPONENTS ROOTDataFrame ROOTVecOps)
endif()
if(NOT ROOT_CXX_STANDARD)
  set(ROOT_CXX_STANDARD 17)
endif()
set(GRADCUT_HAVE_ROOT TRUE)
set(GRADCUT_ROOT_VERSION "${ROOT_VERSION}")
set(GRADCUT_ROOT_CXX_STANDARD "${ROOT_CXX_STANDARD}")
message(STATUS "gradcut: ROOT ${ROOT_VERSION} in ${ROOT_DIR}, C++${ROOT_CXX_STANDARD}")
