# The parts of spikeometric that need more than Eigen and Random123, for the source tree and the installed package.
#
#   spikeometric::thrust   backend/thrust.hpp and graph/device_generate.hpp, for any compiler
#   spikeometric::cuda     backend/cuda.cuh, for CUDA sources; whoever links it enables the language
#   spikeometric::hdf5     io/hdf5.hpp
set(spikeometric_components thrust cuda hdf5)

# Makes the target spikeometric::<component>; where it cannot, the variable <missing> says what is not there. A third
# argument GLOBAL shows the target to the whole project.
function(spikeometric_add_component component missing)
  set(${missing} "" PARENT_SCOPE)
  if(TARGET spikeometric::${component})
    return()
  endif()
  list(PREPEND CMAKE_MODULE_PATH "${CMAKE_CURRENT_FUNCTION_LIST_DIR}") # in this function only

  if(component STREQUAL "thrust")
    find_package(Thrust 1.17 QUIET ${ARGN})
    if(NOT Thrust_FOUND)
      set(${missing} "Thrust 1.17 or newer was not found (CUDA Toolkit, or Debian package libthrust-dev)" PARENT_SCOPE)
      return()
    endif()
    set(needs Thrust::Thrust)
    if(SPIKEOMETRIC_ENABLE_OPENMP) # ON, or AUTO
      find_package(OpenMP QUIET ${ARGN} COMPONENTS CXX)
      if(OpenMP_CXX_FOUND)
        list(APPEND needs OpenMP::OpenMP_CXX)
      elseif(NOT SPIKEOMETRIC_ENABLE_OPENMP STREQUAL "AUTO")
        set(${missing} "OpenMP was not found (SPIKEOMETRIC_ENABLE_OPENMP)" PARENT_SCOPE)
        return()
      endif()
    endif()
  elseif(component STREQUAL "cuda")
    find_package(CUDAToolkit 12 QUIET ${ARGN})
    if(NOT CUDAToolkit_FOUND)
      set(${missing} "the CUDA Toolkit 12 or newer was not found (CUDAToolkit_ROOT says where it is)" PARENT_SCOPE)
      return()
    endif()
    set(needs CUDA::cudart CUDA::cusparse)
    foreach(library IN LISTS needs)
      if(NOT TARGET ${library})
        set(${missing} "the CUDA Toolkit in ${CUDAToolkit_LIBRARY_DIR} has no library for ${library}" PARENT_SCOPE)
        return()
      endif()
    endforeach()
  elseif(component STREQUAL "hdf5")
    find_package(HDF5C 1.10 QUIET ${ARGN})
    if(NOT HDF5C_FOUND)
      set(${missing} "HDF5 1.10 or newer was not found (HDF5_ROOT says where it is; Debian package libhdf5-dev)"
        PARENT_SCOPE)
      return()
    endif()
    set(needs HDF5C::HDF5C)
  endif()

  add_library(spikeometric::${component} INTERFACE IMPORTED ${ARGN})
  target_link_libraries(spikeometric::${component} INTERFACE spikeometric::spikeometric ${needs})
  if(component STREQUAL "cuda")
    if(CMAKE_VERSION VERSION_GREATER_EQUAL 3.26)
      target_compile_features(spikeometric::cuda INTERFACE cuda_std_20)
    else() # CMake does not know that nvcc can
      target_compile_options(spikeometric::cuda INTERFACE $<$<COMPILE_LANG_AND_ID:CUDA,NVIDIA>:-std=c++20>)
    endif()
    # nvcc warns of Eigen 3.4: defaulted functions for host and device, and others that call constexpr ones of the host
    target_compile_options(spikeometric::cuda INTERFACE
      $<$<COMPILE_LANG_AND_ID:CUDA,NVIDIA>:-diag-suppress=20012,20015>)
  endif()
endfunction()
