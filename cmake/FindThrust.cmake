# Finds Thrust as headers, those of the CUDA Toolkit before those of the system: the target Thrust::Thrust.
include(FindPackageHandleStandardArgs)

# CUDA 13 keeps them in include/cccl, CUDA 12 in include.
find_path(Thrust_INCLUDE_DIR thrust/version.h
  HINTS ${CUDAToolkit_ROOT} ENV CUDAToolkit_ROOT ENV CUDA_PATH /usr/local/cuda
  PATH_SUFFIXES include/cccl include)
mark_as_advanced(Thrust_INCLUDE_DIR)

if(Thrust_INCLUDE_DIR)
  file(STRINGS "${Thrust_INCLUDE_DIR}/thrust/version.h" Thrust_VERSION REGEX "^#define THRUST_VERSION [0-9]+")
  string(REGEX REPLACE "^#define THRUST_VERSION ([0-9]+).*" "\\1" Thrust_VERSION "${Thrust_VERSION}")
  math(EXPR Thrust_VERSION_MAJOR "${Thrust_VERSION} / 100000")
  math(EXPR Thrust_VERSION_MINOR "${Thrust_VERSION} / 100 % 1000")
  math(EXPR Thrust_VERSION_PATCH "${Thrust_VERSION} % 100")
  set(Thrust_VERSION ${Thrust_VERSION_MAJOR}.${Thrust_VERSION_MINOR}.${Thrust_VERSION_PATCH})
endif()

find_package_handle_standard_args(Thrust
  REQUIRED_VARS Thrust_INCLUDE_DIR
  VERSION_VAR Thrust_VERSION
  REASON_FAILURE_MESSAGE "Thrust is in the CUDA Toolkit and in the Debian package libthrust-dev")

if(Thrust_FOUND AND NOT TARGET Thrust::Thrust)
  add_library(Thrust::Thrust INTERFACE IMPORTED)
  target_include_directories(Thrust::Thrust INTERFACE "${Thrust_INCLUDE_DIR}")
endif()
