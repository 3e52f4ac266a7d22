# Finds the C library of HDF5 for a project in C++: the target HDF5C::HDF5C. CMake's own FindHDF5 needs a C compiler.
include(FindPackageHandleStandardArgs)

# Debian keeps the library for one process, and its headers, in folders called hdf5/serial.
find_path(HDF5C_INCLUDE_DIR hdf5.h
  HINTS ${HDF5_ROOT} ENV HDF5_ROOT
  PATH_SUFFIXES include include/hdf5/serial hdf5/serial)
find_library(HDF5C_LIBRARY hdf5
  HINTS ${HDF5_ROOT} ENV HDF5_ROOT
  PATH_SUFFIXES lib hdf5/serial)
mark_as_advanced(HDF5C_INCLUDE_DIR HDF5C_LIBRARY)

if(HDF5C_INCLUDE_DIR)
  set(HDF5C_VERSION)
  foreach(part IN ITEMS MAJOR MINOR RELEASE)
    file(STRINGS "${HDF5C_INCLUDE_DIR}/H5public.h" line REGEX "^#define H5_VERS_${part}[ \t]+[0-9]+" LIMIT_COUNT 1)
    string(REGEX REPLACE "^#define H5_VERS_${part}[ \t]+([0-9]+).*" "\\1" line "${line}")
    list(APPEND HDF5C_VERSION "${line}")
  endforeach()
  list(JOIN HDF5C_VERSION . HDF5C_VERSION)
endif()

find_package_handle_standard_args(HDF5C
  REQUIRED_VARS HDF5C_LIBRARY HDF5C_INCLUDE_DIR
  VERSION_VAR HDF5C_VERSION
  REASON_FAILURE_MESSAGE "HDF5 is in the Debian package libhdf5-dev")

if(HDF5C_FOUND AND NOT TARGET HDF5C::HDF5C)
  add_library(HDF5C::HDF5C UNKNOWN IMPORTED)
  set_target_properties(HDF5C::HDF5C PROPERTIES
    IMPORTED_LOCATION "${HDF5C_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${HDF5C_INCLUDE_DIR}")
endif()
