include(CMakeFindDependencyMacro)
find_dependency(spikeometric)
include("${CMAKE_CURRENT_LIST_DIR}/middleTargets.cmake")
